import io
import sys
from pathlib import Path

import pytest
from golden import expect_message

from kpipe.errors import SpecError
from kpipe.messages.call_argument import command_line
from kpipe.spec.reader import read
from kpipe.spec.spec_source import shown_source, spec_source

SPEC = {"name": "a", "data": {"source": {"Arrays": {"path": "x.npz"}}}, "model": [{"Dense": {"units": 2}}]}
TEXT = "name: a\ndata: {source: {Arrays: {path: x.npz}}}\nmodel: [Dense: {units: 2}]\n"


class Stdin:
    def __init__(self, data):
        self.buffer = io.BytesIO(data)


def test_a_mapping_and_a_string_are_the_spec_of_the_same_file(tmp_path):
    (tmp_path / "a.yaml").write_text(TEXT)
    of_file = read(tmp_path / "a.yaml").dump()
    assert read(SPEC).dump() == read(TEXT).dump() == read(f"\n{TEXT}").dump() == of_file
    assert read(str(SPEC).replace("'", '"')).dump() == of_file


def test_overrides_and_files_to_extend(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text(TEXT)
    spec = {"extends": "base.yaml", "train": {"epochs": 2}, "set": {"model.+0": "Flatten"}}
    read_spec = read(spec, {"train.epochs": 3})
    assert (read_spec.train.epochs, read_spec.tree.plain()["model"][0]) == (3, "Flatten")
    assert spec == {"extends": "base.yaml", "train": {"epochs": 2}, "set": {"model.+0": "Flatten"}}


def test_standard_input_is_read_on_the_command_line_only(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Stdin(TEXT.encode()))
    with command_line():
        assert read("-").name == "a"
        assert shown_source("-") == "<stdin>"
    assert shown_source("-") == "-"
    assert spec_source("-", []) is None


@pytest.mark.parametrize("data", [b"", b"name: [", b"\xff", None], ids=["empty", "no YAML", "no UTF-8", "closed"])
def test_standard_input_that_is_no_spec(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", Stdin(data) if data is not None else None)
    with command_line(), pytest.raises(SpecError) as caught:
        read("-")
    expect_message(str(caught.value))


@pytest.mark.parametrize(
    "given",
    [
        3,
        None,
        [SPEC],
        b"name: a",
        "name: a",
        "\n",
        "name: a\nseed: -1\n",
        {},
        {**SPEC, "seed": -1, "train": {"epoch": 3}},
        {**SPEC, "train": {"epochs": object()}},
        {**SPEC, 3: 4},
    ],
    ids=[*"abcdefghijk"],
)
def test_what_is_no_spec(given):
    with pytest.raises(SpecError) as caught:
        read(given)
    expect_message(str(caught.value))
