import numpy as np
import pyarrow as pa
import pytest

from kpipe.data.sources.column_cells import ColumnCells


def added(pieces, keep=False):
    column = ColumnCells(pa.string(), ".", keep)
    return column, [column.add(pa.array(piece)) for piece in pieces]


@pytest.mark.parametrize("keep", [False, True])
def test_other_cells_and_their_rows(keep):
    column, numbers = added([["1", "x", "2", "3"], ["a", "b"], ["4", "5", ""], ["u", "6"]], keep)
    assert column.num_finite == 6
    assert column.others().to_pylist() == ["x", "a", "b", "", "u"]
    assert column.other_rows().tolist() == [1, 4, 5, 8, 9]
    assert numbers[1] is None
    np.testing.assert_array_equal(numbers[0], [1, np.nan, 2, 3])


def test_text_is_kept_where_at_least_half_of_it_is_no_number():
    assert added([["1", "x"], ["a", "b"]])[0].whole().to_pylist() == ["1", "x", "a", "b"]
    assert added([["1", "x"], ["1", "2", "b"]])[0].whole() is None
    assert added([["1", "2"]], keep=True)[0].whole().to_pylist() == ["1", "2"]


def test_booleans_are_kept_and_dates_are_not():
    flags = ColumnCells(pa.bool_(), ".")
    flags.add(pa.array([True, None]))
    assert flags.whole().to_pylist() == [True, None]
    dates = ColumnCells(pa.timestamp("s"), ".")
    assert dates.add(pa.array([0, 1], pa.timestamp("s"))) is None
    assert (dates.is_plain, dates.whole()) == (False, None)
