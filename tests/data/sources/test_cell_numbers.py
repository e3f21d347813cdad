import numpy as np
import pyarrow as pa
import pytest

from kpipe.data.sources.cell_numbers import cell_numbers

#: Strings, and their number, which is NaN for those that are none.
CELLS = {
    "1": 1,
    "5.": 5,
    ".5": 0.5,
    "-2.5E-1": -0.25,
    "007": 7,
    "1e-999": 0,
    "0.1": 0.1,
    "9007199254740993": 2.0**53,
    "+5": 5,
    " 7 ": 7,
    "": np.nan,
    "nan": np.nan,
    "inf": np.nan,
    "-Infinity": np.nan,
    "1e999": np.nan,
    "0x10": np.nan,
    "1_0": np.nan,
    "1,5": np.nan,
    "--1": np.nan,
    "1e": np.nan,
    "NA": np.nan,
}


@pytest.mark.parametrize("text", CELLS)
def test_a_number_does_not_depend_on_the_other_cells(text):
    expected = [CELLS[text], 1.5]
    np.testing.assert_array_equal(cell_numbers(pa.array([text, "1.5"]), "."), expected)
    np.testing.assert_array_equal(cell_numbers(pa.array([text, "1.5", "x"]), "."), [*expected, np.nan])


def test_other_types():
    np.testing.assert_array_equal(cell_numbers(pa.array([True, None, False]), "."), [1, np.nan, 0])
    np.testing.assert_array_equal(cell_numbers(pa.array([2**60 + 1, None]), "."), [2.0**60, np.nan])
    np.testing.assert_array_equal(cell_numbers(pa.array([0.5, np.inf, np.nan]), "."), [0.5, np.nan, np.nan])
