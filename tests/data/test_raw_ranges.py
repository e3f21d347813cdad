import numpy as np
import pytest

from kpipe.data.raw_ranges import raw_ranges
from kpipe.data.sources.arrays import Arrays
from kpipe.data.sources.table import Table
from kpipe.data.value_range import ValueRange


def test_arrays_are_sampled_evenly(tmp_path, context):
    x = np.arange(6400, dtype=np.float32).reshape(6400, 1)
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(6400) % 2)
    dataset = Arrays(tmp_path / "a.npz").open(context)
    assert raw_ranges(dataset, np.arange(6400)) == {("x", None): ValueRange(0, 6399, 64)}
    assert raw_ranges(dataset, np.arange(10, 20)) == {("x", None): ValueRange(10, 19, 10)}
    assert raw_ranges(dataset, np.arange(0)) == {}


def test_large_samples_are_few(tmp_path, context):
    np.savez(tmp_path / "a.npz", x=np.zeros((4, 2**20, 2), np.float32), y=np.arange(4) % 2)
    (found,) = raw_ranges(Arrays(tmp_path / "a.npz").open(context), np.arange(4)).values()
    assert found.samples == 2


def test_all_rows_of_each_numeric_column(tmp_path, context, monkeypatch):
    monkeypatch.setattr("kpipe.data.raw_ranges._CHUNK_ROWS", 30)
    lines = ["area,zone,kind", *(f"{row if row != 77 else -5},z{row % 3},{row % 2}" for row in range(100))]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    dataset = Table(tmp_path / "a.csv", targets=["kind"]).open(context)
    assert raw_ranges(dataset, np.arange(100)) == {("table", "area"): ValueRange(-5, 99, 100)}
    assert raw_ranges(dataset, np.arange(10)) == {("table", "area"): ValueRange(0, 9, 10)}


@pytest.mark.parametrize(("low", "high", "expected"), [(0, 32, False), (0, 33, True), (-16, 0, False), (-17, 0, True)])
def test_far_is_more_than_the_width(low, high, expected):
    assert ValueRange(0, 16, 1).is_far(low, high) == expected
    assert not ValueRange(5, 5, 1).is_far(low, high)
