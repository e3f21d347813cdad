import numpy as np
import pytest
from golden import raises

import kpipe.data.encoding.label_array as module
from kpipe.data.encoding.label_array import chunks, label_array
from kpipe.errors import DataError


@pytest.mark.parametrize(
    ("values", "expected", "kind"),
    [
        ([[1], [2]], [1, 2], "i"),
        ([b"a", b"b"], ["a", "b"], "U"),
        (np.array([True, False], object), [True, False], "b"),
        (np.array([1, 2.5], object), [1, 2.5], "f"),
        (np.array(["a", "b"], np.dtypes.StringDType()), ["a", "b"], "U"),
        (np.array([[["x"]], [["y"]]]), [[["x"]], [["y"]]], "U"),
    ],
)
def test_plain_arrays(values, expected, kind):
    array = label_array(values, "'y'")
    assert (array.tolist(), array.dtype.kind) == (expected, kind)


def test_a_list_of_numbers_and_strings_is_not_converted_to_strings():
    with raises(DataError):
        label_array(["a", 1], "'y'")


def test_a_missing_value_far_from_the_start(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK_ELEMENTS", 10)
    values = np.zeros((100, 3))
    values[77, 1] = np.nan
    with raises(DataError):
        label_array(values, "'y'")


def test_chunks_cover_everything_once(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK_ELEMENTS", 10)
    values = np.arange(21).reshape(7, 3)
    runs = list(chunks(values))
    assert [start for start, _ in runs] == [0, 3, 6]
    assert np.array_equal(np.concatenate([rows for _, rows in runs]), values)


@pytest.mark.parametrize("values", [np.array(3), np.array([])])
def test_no_labels(values):
    with raises(DataError):
        label_array(values, "'y'")
