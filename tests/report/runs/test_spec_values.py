import pytest
import yaml

from kpipe.report.runs.spec_values import SpecValues

TEXT = """\
name: "1e-3"
vars: {a: 1e-3, b: no, c: null, d: true, e: [1, 2]}
model:
  - Dense: {units: =a}
  - Flatten
train: {optimizer: {SGD: {momentum: 0.9}}}
"""


@pytest.fixture
def values(tmp_path):
    (tmp_path / "spec.yaml").write_text(TEXT)
    return SpecValues.read(tmp_path / "spec.yaml")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name", "1e-3"),
        ("vars.a", 1e-3),
        ("vars.b", "no"),
        ("vars.c", None),
        ("vars.d", "true"),
        ("vars.e", "[1, 2]"),
        ("vars.e.-1", 2),
        ("vars.e.5", None),
        ("model.0.Dense.units", "=a"),
        ("model.0.units", "=a"),
        ("model.1", "Flatten"),
        ("model.1.units", None),
        ("train.optimizer.momentum", 0.9),
        ("train.optimizer", "{SGD: {momentum: 0.9}}"),
        ("train.nothing.here", None),
    ],
)
def test_values_by_path(values, path, expected):
    assert values.value(path) == expected


def test_files_that_cannot_be_read(tmp_path):
    for name, text in (("list", "[1]"), ("broken", "a: [")):
        (tmp_path / name).write_text(text)
        assert SpecValues.read(tmp_path / name).content == {}
    assert SpecValues.read(tmp_path / "absent").content == {}


def test_without_the_parser_in_c_the_same_values(tmp_path, monkeypatch):
    """Of an installation of PyYAML without libyaml."""
    import importlib

    import kpipe.report.runs.spec_values as module

    (tmp_path / "spec.yaml").write_text(TEXT)
    expected = SpecValues.read(tmp_path / "spec.yaml").content
    with monkeypatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader")
        assert importlib.reload(module).SpecValues.read(tmp_path / "spec.yaml").content == expected
    importlib.reload(module)
