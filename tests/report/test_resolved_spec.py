import pytest
from golden import expect_message

from kpipe.errors import SpecError
from kpipe.report.resolved_spec import resolved_spec
from kpipe.spec.reader import read

SPEC = {
    "name": "a",
    "imports": ["./layers.py"],
    "vars": {"width": 4},
    "data": {"source": {"ImageFolder": {"train": "absent"}}, "augment": ["CifarCrops"]},
    "model": ["Odd", "Flatten", {"Dense": {"units": "=classes * width"}}],
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layers.py").write_text("raise RuntimeError\nimport keras\nclass Odd(keras.layers.Layer): pass\n")
    return tmp_path


def test_neither_data_nor_custom_code_is_read(here):
    text = resolved_spec(SPEC, ["train.epochs=3"])
    again = read(text + "\n")
    assert (again.train.epochs, again.data.batch_size) == (3, 32)
    assert again.data.source.plain() == {"ImageFolder": {"train": str(here / "absent")}}
    assert again.tree.plain()["model"][2] == {"Dense": {"units": "=classes * width"}}
    assert [*again.data.augment.plain()[0]] == ["Pad"]
    assert resolved_spec(text + "\n") == text


@pytest.mark.parametrize("name", ["cifar10-augmented", "cs231n/fine", "architectures/nasnet-a"])
def test_shipped_specs_are_resolved_to_themselves(name):
    text = resolved_spec(f"kpipe:{name}")
    assert resolved_spec(text + "\n") == text


def test_invalid_specs_are_errors(here):
    with pytest.raises(SpecError) as caught:
        resolved_spec({**SPEC, "seed": -1}, {"train.epoch": 3})
    expect_message(str(caught.value))
