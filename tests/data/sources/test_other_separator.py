import pytest

from kpipe.data.csv_format import CsvFormat
from kpipe.data.sources.other_separator import other_separator


@pytest.fixture
def found(tmp_path):
    def find(content, delimiter=",", decimal="."):
        path = tmp_path / "a.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return other_separator(path, delimiter, decimal)

    return find


@pytest.mark.parametrize(
    ("content", "delimiter", "decimal", "expected"),
    [
        ("x;y\n0,5;0\n", ",", ".", CsvFormat(";", ",")),
        ("x;y\r\n0.5;0\r\n", ",", ".", CsvFormat(";", ".")),
        ("x;y\n5;0\n", ",", ".", CsvFormat(";", ".")),
        ("\ufeffx;y\n-,5;0\n", ",", ".", CsvFormat(";", ",")),
        ("a\tb\n1\t2\n", ",", ".", CsvFormat("\t", ".")),
        ("a|b\n1|2\n", ",", ".", CsvFormat("|", ".")),
        ("a,b\n1.5,2\n", ";", ",", CsvFormat(",", ".")),
        ("a,b\n1,2\n", ";", ",", CsvFormat(",", ".")),
        ('a;b\n"x;y\nz";2\n', ",", ".", CsvFormat(";", ".")),
        ("a;b;c\n1;2\n", ",", ".", CsvFormat(";", ".")),
    ],
)
def test_files_with_another_separator(found, content, delimiter, decimal, expected):
    assert found(content, delimiter, decimal) == expected


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n",
        "a,b\nx;y,2\n",
        "a,b;c\n1;2,3\n",
        "a,b\n1,2\n3\n",
        "a,b\n1;2,3\n4;5\n",
        "a\n1\n2\n",
        '"a;b"\n1;2;3\n4\n',
        "a|b\n1\n2\n",
        "",
    ],
)
def test_files_without_another_separator(found, content):
    expected = CsvFormat(";", ".") if content.startswith('"a;b"') else None
    assert found(content) == expected


def test_only_the_beginning_is_inspected(found):
    assert found("a;b\n" + "1,5;2\n" * 50_000) == CsvFormat(";", ",")
    assert found("a,b\n" + "1,2\n" * 50_000 + "1;2\n") is None


def test_bytes_that_are_not_utf8_do_not_matter(found):
    assert found(b"a;\xff\n1;2\n") == CsvFormat(";", ".")
