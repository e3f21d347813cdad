import os
import pickle

import pytest

from kpipe.errors import DataError, KpipeError, Link, Mark, Problem, SpecError
from kpipe.messages.call_argument import command_line
from kpipe.messages.source_line import (
    NamedText,
    noted_source_lines,
    source_line,
    with_source_line,
    with_source_lines,
)


def mark(text, column, end_column=None, line=1, end_line=None):
    return Mark(NamedText("<string>", text), line, column, end_line or line, end_column or column + 1)


@pytest.mark.parametrize(
    ("text", "ends", "expected"),
    [
        ("train: {epochs: 0}", (17, 18), ["    train: {epochs: 0}", "                    ^"]),
        ("model: [Dens]  ", (9, 13), ["    model: [Dens]", "            ^^^^"]),
        ("a:\tb", (4, 5), ["    a:    b", "          ^"]),
        ("名: x", (4, 5), ["    名: x", "        ^"]),
        ("a\x1bb: c", (5, 6), ["    a\\x1bb: c", "           ^"]),
        ("end", (4, 4), ["    end", "       ^"]),
    ],
)
def test_the_caret_is_under_the_place(text, ends, expected):
    assert source_line(mark(text, *ends)) == expected


def test_a_long_line_is_cut_around_the_place():
    text = "x" * 300 + "HERE" + "y" * 300
    line, carets = source_line(mark(text, 301, 305))
    assert line == "    ..." + "x" * 40 + "HERE" + "y" * 56 + "..."
    assert carets == " " * 47 + "^^^^"


def test_a_value_of_several_lines_is_marked_to_the_end_of_its_first_line():
    assert source_line(mark("a: [1,\n2]", 4, 3, end_line=2)) == ["    a: [1,", "       ^^^"]


def test_the_lines_of_a_file(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffname: a\r\ntrain: 3\r\n".encode())
    assert source_line(Mark(str(path), 2, 8, 2, 9)) == ["    train: 3", "           ^"]
    path.write_text("name: a\ntrain: 4\n")
    os.utime(path, ns=(1, 1))
    assert source_line(Mark(str(path), 2, 8, 2, 9))[0] == "    train: 4"
    assert source_line(Mark(str(path), 9, 1, 9, 2)) == []


def test_places_without_a_line(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe\xfd")
    for file in ("--set a=3", "a\0b", str(tmp_path / "none"), str(tmp_path / "pipe"), str(tmp_path / "latin.yaml")):
        assert source_line(Mark(file, 1, 1, 1, 2)) == []


def test_problems_and_errors():
    place = mark("units: 0", 8)
    problem = Problem(place, "model.0", "0 is below 1", None, (Link(place, "n = 0"),))
    lines = ["<string>:1:8: model.0: 0 is below 1", "    units: 0", "           ^", "    n = 0 at <string>:1:8"]
    assert with_source_line(problem).splitlines() == lines
    assert str(problem).splitlines() == [lines[0], lines[3]]
    assert with_source_lines(SpecError([problem])).splitlines() == lines
    assert with_source_lines(DataError(problem=problem)).splitlines() == lines
    assert with_source_lines(DataError("a.csv: empty", problem)) == "a.csv: empty"
    assert with_source_lines(KpipeError("failed")) == "failed"
    assert with_source_line(Problem(None, "", "no file")) == "no file"


def test_errors_in_python_have_the_lines_as_notes():
    problem = Problem(mark("units: 0", 8), "", "0 is below 1")
    with pytest.raises(SpecError) as caught, noted_source_lines(), noted_source_lines():
        raise SpecError([problem, Problem(None, "", "no file")])
    assert caught.value.__notes__ == ["<string>:1:8:\n    units: 0\n           ^"]
    with pytest.raises(DataError) as data, noted_source_lines():
        raise DataError(problem=problem)
    assert len(data.value.__notes__) == 1
    with command_line(), pytest.raises(SpecError) as printed, noted_source_lines():
        raise SpecError([problem])
    assert not hasattr(printed.value, "__notes__")


def test_a_name_keeps_its_text_in_another_process():
    name = pickle.loads(pickle.dumps(NamedText("<stdin>", "a: 1")))
    assert (name, name.text) == ("<stdin>", "a: 1")
