"""The README files are true: links lead somewhere, every block of code runs, tables name all that there is."""

import itertools
import re
import shlex
import shutil

import kpipe_callbacks
import numpy as np
import pytest
import yaml
from golden import expect_message, raises
from PIL import Image
from readme_files import FILES, ROOT, anchors, blocks, links
from typer.testing import CliRunner

import kpipe
import kpipe.layers
import kpipe.metrics
import kpipe.optimizers
from kpipe import components
from kpipe.checks.static import CHECKS
from kpipe.checks.verdict_code import VerdictCode
from kpipe.cli import app
from kpipe.cli.command_line import COMMANDS
from kpipe.data import transforms
from kpipe.data.augment import lists
from kpipe.model.keywords import KEYWORDS
from kpipe.space.range import FORMS
from kpipe.space.read_space import CHOICE
from kpipe.spec.reader import shipped_specs
from kpipe.spec.sections.choose import Choose
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.section import Section, fields, listed_section, nested_section
from kpipe.spec.top_level import FILE_KEYS, top_level
from kpipe.tune.sweep_files import SweepFile

pytestmark = pytest.mark.usefixtures("warm_trials")
README = ROOT / "README.md"
#: Commands that `.ci/run` runs in environments of its own, or that need one.
ELSEWHERE = (
    "python3 -m venv",
    "pip install",
    ".venv/bin/python -m pytest",
    ".venv/bin/pip install",
    ".venv/bin/ruff",
    "ruff",
    "mypy",
    ".ci/run",
    "pre-commit",
    "tensorboard",
    "python tests/",
)


def every(language):
    found = [
        pytest.param(path, text, id=f"{path.relative_to(ROOT)}-{number}")
        for path in FILES
        for number, text in enumerate(blocks(path, language))
        # What it registers would stay; a test of its own imports it from a spec.
        if "@kpipe.register" not in text
    ]
    return pytest.mark.parametrize(("path", "text"), found)


@pytest.fixture
def cifar10(tmp_path):
    generator = np.random.default_rng(0)
    for part in ("train", "test"):
        for label in ("cat", "dog"):
            folder = tmp_path / "data" / "cifar10" / part / label
            folder.mkdir(parents=True)
            for index in range(10):
                Image.fromarray(generator.integers(0, 255, (32, 32, 3), np.uint8)).save(folder / f"{index}.png")
    return tmp_path


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(path):
    for link in links(path):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_is_short_and_links_to_every_other_file():
    assert len(README.read_text().splitlines()) <= 250
    assert {str(path.relative_to(ROOT)) for path in FILES} - {"README.md"} <= set(links(README))


@every("yaml")
def test_blocks_of_yaml_are_valid(path, text, cifar10, monkeypatch):
    monkeypatch.chdir(cifar10)
    content = yaml.safe_load(text)
    if "repos" in content:
        (repository,) = content["repos"]
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
        assert {hook["id"] for hook in repository["hooks"]} <= {hook["id"] for hook in hooks}
        return
    if "targets" in content.get("train", {}):
        (cifar10 / "houses.csv").write_text("area,price,kind\n" + "1,2,a\n2,3,b\n" * 20)
        text += (
            "name: two\ndata: {source: {Table: {path: houses.csv, targets: [price, kind]}}}\n"
            "model:\n  - Dense: {units: 4, name: hidden}\n  - Dense: {units: 1, name: price}\n"
            "  - Dense: {units: =classes, name: kind, inputs: hidden}\n"
        )
    elif "name" not in content:
        text = f"extends: kpipe:digits\n{text}"
    (cifar10 / "cifar10-small.yaml").write_text(text)
    kpipe.load("cifar10-small.yaml")


@every("python")
def test_blocks_of_python_run(path, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(text, str(path), "exec"), {"__name__": "__example__"})


@every("bash")
def test_blocks_of_commands_run(path, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith("kpipe "):
            assert line.startswith(ELSEWHERE), line
            continue
        done = CliRunner().invoke(app, shlex.split(line)[1:])
        assert done.exit_code == 0, (line, done.output)


def test_the_spec_of_the_readme_trains(cifar10, monkeypatch):
    monkeypatch.chdir(cifar10)
    (text,) = [block for block in blocks(README, "yaml") if block.startswith("name: cifar10-small")]
    (cifar10 / "cifar10-small.yaml").write_text(text)
    changes = {"train.epochs": 1, "vars.width": 2, "data.batch_size": 8}
    assert kpipe.load("cifar10-small.yaml", changes).run(cifar10 / "run").result["status"] == "completed"


def test_the_error_in_the_readme_is_reported_as_printed(cifar10, monkeypatch):
    monkeypatch.chdir(cifar10)
    (text,) = [block for block in blocks(README, "yaml") if block.startswith("name: cifar10-small")]
    (shown,) = re.findall(r"```\n(cifar10-small\.yaml:.*?)\n```", README.read_text(), re.DOTALL)
    (cifar10 / "cifar10-small.yaml").write_text(text.replace("Dense: {units:", "Dense: {unit:"))
    with pytest.raises(kpipe.SpecError) as caught:
        kpipe.load("cifar10-small.yaml")
    start, end = shown.splitlines()[0].split("…")
    assert any(str(p).startswith(start) and str(p).endswith(end) for p in caught.value.problems)


def test_custom_code_of_the_language_works(tmp_path):
    (text,) = [block for block in blocks(ROOT / "kpipe/spec/README.md", "python") if "Swish" in block]
    (tmp_path / "my_layers.py").write_text(text)
    (tmp_path / "a.yaml").write_text(
        "name: own\nimports: [./my_layers.py]\ndata: {source: Iris}\n"
        "model: [DenseNorm: {units: 8}, Swish: {beta: 2}, my_layers.Swish, Dense: {units: =classes}]\n"
    )
    model = kpipe.load(tmp_path / "a.yaml").build()
    assert model.count_params() == 4 * 8 + 8 + 4 * 8 + 8 * 3 + 3
    with raises(kpipe.SpecError):
        kpipe.load(tmp_path / "a.yaml", ["model.1={Swish: {bta: 2}}"])


def entries(kind, own=False):
    """The components of a kind; only those of kpipe where libraries have others."""
    found = components.vocabulary()
    return [name for name in found.names(kind) if not own or found.find(kind, name).origin == "kpipe"]


def own_layers():
    return [name for name in kpipe.layers.__all__ if isinstance(getattr(kpipe.layers, name), type)]


def schedules():
    return [name for name in kpipe_callbacks.__all__ if name.endswith("Schedule") and name in entries("callback")]


def probes():
    from kpipe.judge.protocol import PROBES

    return [probe.name for probe in PROBES]


#: What each README lists: the kind, how its entries are written, and the names.
TABLES = [
    ("README.md", "command", "`kpipe {}", lambda: COMMANDS),
    ("pipelines/README.md", "shipped spec", "`kpipe:{}`", shipped_specs),
    ("callbacks/README.md", "callback", "`{}", lambda: entries("callback", own=True)),
    ("kpipe/checks/README.md", "static check", "`{}`", lambda: [check.code for check in CHECKS]),
    ("kpipe/data/README.md", "source", "`{}", lambda: entries("source")),
    ("kpipe/data/README.md", "preparation", "`{}", lambda: entries("preparation")),
    ("kpipe/data/README.md", "mix", "`{}", lambda: entries("mix")),
    ("kpipe/data/README.md", "view", "`{}", lambda: entries("view")),
    ("kpipe/data/README.md", "list of transforms", "`{}", lambda: lists.__all__),
    ("kpipe/data/README.md", "transform", "`{}", lambda: transforms.__all__),
    ("kpipe/judge/README.md", "probe", "`{}`", probes),
    ("kpipe/judge/README.md", "code", "`{}`", lambda: [*VerdictCode]),
    ("kpipe/layers/README.md", "layer", "`{}", own_layers),
    ("kpipe/spec/README.md", "keyword", "`{}", lambda: KEYWORDS),
    ("kpipe/train/README.md", "initialization", "`{}", lambda: entries("initialization")),
    ("kpipe/train/README.md", "metric", "`{}", lambda: kpipe.metrics.__all__),
    ("kpipe/train/README.md", "optimizer", "`{}", lambda: kpipe.optimizers.__all__),
    ("kpipe/train/README.md", "schedule", "`{}", schedules),
    ("kpipe/train/README.md", "selection", "`{}", lambda: entries("selection")),
    ("kpipe/train/README.md", "multiplier", "`{}", lambda: entries("multiplier")),
    ("kpipe/train/README.md", "recipe", "`{}", lambda: entries("recipe")),
    ("kpipe/train/README.md", "start", "`{}", lambda: entries("start")),
    ("kpipe/train/README.md", "strategy", "`{}", lambda: entries("strategy")),
    ("kpipe/tune/README.md", "oracle", "`{}", lambda: entries("oracle")),
    ("kpipe/tune/README.md", "pruner", "`{}", lambda: entries("pruner")),
    ("kpipe/tune/README.md", "space", "`{}", lambda: [*FORMS, CHOICE]),
    ("kpipe/tune/README.md", "file", "`{}", lambda: [*SweepFile]),
]


def missing_entries(path, kind, form, names):
    """A sentence about the names that a README does not list; None if it lists all."""
    text = (ROOT / path).read_text()
    # Another name may begin in the same way.
    missing = [name for name in names if not re.search(rf"{re.escape(form.format(name))}(?!\w)", text)]
    quoted = ", ".join(form.format(name).strip("`") for name in missing)
    return f"{path} does not list {quoted} ({kind}); add it as the others are listed" if missing else None


@pytest.mark.parametrize(("path", "kind", "form", "names"), TABLES, ids=[table[1] for table in TABLES])
def test_tables_list_everything(path, kind, form, names):
    assert len([*names()]) > 0
    message = missing_entries(path, kind, form, names())
    assert message is None, message


def test_tables_without_an_entry_are_reported():
    expect_message(missing_entries("kpipe/layers/README.md", "layer", "`{}", ["Maxout", "ToyScale", "Resid"]))
    expect_message(missing_entries("README.md", "command", "`kpipe {}", ["run", "toy"]))


def key_rows(title):
    """The row of each key in the table with the header `key of TITLE`; several keys can share a row."""
    header = rf"^\| key of {re.escape(title)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)"
    found = [table for path in FILES for table in re.findall(header, path.read_text(), re.MULTILINE)]
    assert len(found) == 1, f"expected one table of the keys of {title} in all README files, got {len(found)}"
    rows = [[re.findall("`([^`]+)`", cell) for cell in line.split(" | ")] for line in found[0].splitlines()]
    return {re.match(r"\w+", code)[0]: [*itertools.chain(*row)] for row in rows for code in row[0]}


def nested_keys(section):
    """The keys of the sections inside of a section, to any depth."""
    for key, field in fields(section).items():
        nested = nested_section(field)[0] or listed_section(field)
        if nested is not None:
            yield from ((key, inner) for inner in fields(nested))
            yield from ((key, inner) for _, inner in nested_keys(nested))


def wrong_keys(name, section, rows):
    """A sentence about the keys that a table lacks, or that the section lacks; None if they are the same."""
    missing = [key for key in fields(section) if key not in rows]
    missing += [
        f"{key}.{inner}"
        for key, inner in nested_keys(section)
        if key in rows and not any(re.search(rf"\b{inner}\b", code) for code in rows[key])
    ]
    unknown = [key for key in rows if key not in fields(section)]
    problems = [f"does not describe {', '.join(missing)}; add it"] if missing else []
    problems += [f"describes {', '.join(unknown)}, which the section does not have; remove it"] if unknown else []
    return f"the table of the keys of `{name}` {', and '.join(problems)}" if problems else None


@pytest.mark.parametrize("name", sections())
def test_the_keys_of_a_section_are_those_of_its_table(name):
    message = wrong_keys(name, sections()[name], key_rows(f"`{name}`"))
    assert message is None, message


def test_the_keys_of_a_spec_are_those_of_its_table():
    assert set(key_rows("a spec")) == {*top_level(), *FILE_KEYS}


def test_keys_without_a_description_are_reported():
    class Outer(Section):
        value: int = 1
        inner: Choose = Choose()
        other: int = 1

    expect_message(wrong_keys("toy", Outer, {"value": ["value"], "inner": ["inner: {mode}"], "former": ["former"]}))
    assert wrong_keys("toy", Outer, {"value": [], "inner": ["inner", "{monitor, mode}"], "other": []}) is None
