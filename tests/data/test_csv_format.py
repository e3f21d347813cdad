from pathlib import Path

import pytest
from golden import raises

from kpipe.data.csv_format import CsvFormat, named
from kpipe.errors import ArgumentError

CSV, TSV = Path("a.csv"), Path("b.TSV")


def test_the_separator_of_each_file():
    assert [CsvFormat().delimiter(path) for path in (CSV, TSV, Path("c.txt"))] == [",", "\t", ","]
    assert [CsvFormat("|").delimiter(path) for path in (CSV, TSV)] == ["|", "|"]
    assert (CsvFormat().decimal_sign, CsvFormat(";", ",").decimal_sign) == (".", ",")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", ":", "~"])
def test_characters_that_separate_values(separator):
    CsvFormat(separator).check([CSV, TSV])


def test_a_decimal_comma_with_tabs():
    CsvFormat(decimal=",").check([TSV])


@pytest.mark.parametrize(
    "separator", ["", ";;", "tab", "\\t", "\n", "\r", '"', "a", "7", "-", "\uff1b", "\0"], ids=ascii
)
def test_what_cannot_separate_values(separator):
    with raises(ArgumentError) as caught:
        CsvFormat(separator).check([CSV])
    assert caught.value.argument == "separator"


@pytest.mark.parametrize(
    ("separator", "decimal", "paths", "argument"),
    [
        (",", ",", [CSV], "separator"),
        (".", None, [CSV], "separator"),
        (None, ",", [CSV], "decimal"),
        (None, ",", [TSV, CSV], "decimal"),
        (";", None, [], "separator"),
        (None, ",", [], "decimal"),
    ],
)
def test_formats_that_no_file_can_have(separator, decimal, paths, argument):
    with raises(ArgumentError) as caught:
        CsvFormat(separator, decimal).check(paths)
    assert caught.value.argument == argument


def test_without_csv_files_only_the_default_is_possible():
    CsvFormat().check([])


def test_names_in_messages():
    assert [named(sign) for sign in ",;\t|~"] == ["a comma", "a semicolon", "a tab", "a vertical bar", "'~'"]
