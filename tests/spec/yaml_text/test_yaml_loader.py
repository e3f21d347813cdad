import pytest
import yaml

from kpipe.spec.reader import shipped_specs
from kpipe.spec.yaml_text.yaml_loader import YamlLoader

TEXTS = [path.read_text(encoding="utf-8") for path in shipped_specs().values()]
ODD = [
    "a: [b, c: d, {e: f}, ? g : h]\n'i': \"j\"\n",
    "- - a: 1\n    b: |\n      text\n  - ? x\n    : y\n",
    "a: 1\nb",
    "a: 1\nb\nc: 2",
    "? a\n? b\n",
    "[a\n: b]",
    "a" * 2000 + ": 1",
    "{" + "a" * 2000 + ": 1}",
    "[" * 50 + "]" * 50,
    "x: *y",
    "&a a: &b b\nc: *a",
    "- !t a\n- ! b\n",
    "a: 'b\n  c'\n'd\n e': f",
    "%YAML 1.2\n---\na\n...\n",
    "",
]


def events(text, loader):
    """What a loader gives with every mark, up to an error and its words."""
    found = []
    try:
        for event in yaml.parse(text, Loader=loader):
            marks = [(m.index, m.line, m.column) for m in (event.start_mark, event.end_mark)]
            found.append((repr(event), marks))
    except yaml.YAMLError as error:
        found.append(str(error))
    return found


@pytest.mark.parametrize("text", [*TEXTS, *ODD])
def test_events_marks_and_errors_are_those_of_pyyaml(text):
    assert events(text, YamlLoader) == events(text, yaml.SafeLoader)
