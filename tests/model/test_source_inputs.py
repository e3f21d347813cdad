import pytest

from kpipe.model.source_inputs import source_inputs, source_targets
from kpipe.spec.reader import read

SPEC = "name: a\ndata: {{source: {}}}\nmodel: [Dense: {{units: 1}}]\n"


@pytest.mark.parametrize(
    ("source", "inputs", "targets"),
    [
        (
            "{Table: {path: a.csv, images: {photo: file}, targets: [price, kind]}}",
            ("table", "photo"),
            ("price", "kind"),
        ),
        ("{Table: {path: a.csv, target: price}}", ("table",), ("price",)),
        ("{Arrays: {path: a.npz, inputs: [left, right], targets: [kind]}}", ("left", "right"), ("kind",)),
        ("{Arrays: {x: a.npy, y: b.npy}}", ("image", "x"), ("y",)),
        ("{ImageFolder: {train: images}}", ("image",), ("y",)),
        ("Digits", ("image",), None),
        ("{Table: {path: a.csv}}", None, None),
    ],
)
def test_the_names_are_known_without_the_data(tmp_path, source, inputs, targets):
    path = tmp_path / "a.yaml"
    path.write_text(SPEC.format(source))
    spec, problems = read(path), []
    assert source_inputs(spec, problems) == inputs
    assert source_targets(spec, problems) == targets
    assert problems == []
