import csv
import io

import pytest
from golden import expect_message

from kpipe.messages.formula_guard import FormulaGuard, without_apostrophe


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd", "-x", "@SUM(A1)", "\tx", "\rx", "-", "-1.5.2", "-1;2", "-inf", "+1_0"]
)
def test_a_string_that_begins_as_a_formula_has_an_apostrophe(cell):
    guard = FormulaGuard()
    (row,) = csv.reader(io.StringIO(guard.line([cell, "x"]), newline=""))
    assert row == [f"'{cell}", "x"]
    assert guard.count == 1
    assert without_apostrophe(row[0]) == cell


@pytest.mark.parametrize("cell", ["-1.5", "+1", "-.5e-3", "+1E5", "a=b", "'tis", "", " =x", "5-1", "p(=x)"])
def test_numbers_and_other_strings_stay(cell):
    guard = FormulaGuard()
    (row,) = csv.reader(io.StringIO(guard.line([cell, "x"]), newline=""))
    assert row == [cell, "x"]
    assert guard.count == 0
    assert without_apostrophe(cell) == cell


def test_line_ends_within_cells_are_quoted():
    """A lone carriage return too: readers end a line there."""
    cells = ["a\nb", "c\rd", 'e"f', "g,h", "\r\n"]
    guard = FormulaGuard()
    (row,) = csv.reader(io.StringIO(guard.line(cells) + "\n", newline=""))
    assert row == [*cells[:4], "'\r\n"]


def test_numbers_are_numbers_and_nothing_is_an_empty_cell():
    guard = FormulaGuard()
    assert guard.line([-1.5, None, -2]) == "-1.5,,-2"
    assert guard.notice("a.csv") is None


def test_a_long_text_is_searched_once():
    assert FormulaGuard().line([f"-{'1' * 200_000}x"]).startswith("'-")


def test_the_notice_counts():
    guard = FormulaGuard()
    guard.line(["=a"])
    expect_message(guard.notice("p.csv"))
    guard.line(["=a", "@b"])
    expect_message(guard.notice("p.csv"))
