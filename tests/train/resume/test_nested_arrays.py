import json

import ml_dtypes
import numpy as np
import pytest
from golden import raises

from kpipe.train.resume.nested_arrays import packed, unpacked


def round_trip(value):
    arrays = {}
    text = json.dumps(packed(value, arrays, "value"))
    return unpacked(json.loads(text), arrays)


def same(found, expected) -> None:
    assert type(found) is type(expected)
    if isinstance(expected, np.ndarray | np.generic):
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert found.tobytes() == expected.tobytes()
    elif isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            same(found[key], expected[key])
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            same(one, other)
    else:
        assert found == expected


VALUES = [
    None,
    True,
    3,
    -(2**70),
    0.1,
    float("inf"),
    "text, ü",
    "",
    [],
    (),
    {},
    [[], [()], {}],
    (1, [2, (3, {"a": 4})]),
    {"array": 1, "scalar": False},
    {"dict": [["a", 1]], "list": [1], "tuple": ()},
    {1: "one", "two": 2, False: "no"},
    np.float32(0.1),
    np.int64(-3),
    np.bool_(True),
    np.array(3.5),
    np.zeros((0, 2)),
    np.array([np.nan, -0.0], np.float16),
    np.array([1.5], ml_dtypes.bfloat16),
    [np.arange(3), {"deep": (np.float64(1.0), np.array(["a", "bc"]))}],
    {"best": [np.arange(2), np.arange(4)], "wait": 3},
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_values_come_back_with_their_types(value):
    same(round_trip(value), value)


def test_nan_is_restored_as_nan():
    assert np.isnan(round_trip([float("nan")])[0])


def test_each_array_has_a_name_of_its_own():
    arrays = {}
    text = packed({"a": [np.zeros(1), {"b": np.ones(1)}], "c": 1}, arrays, "first")
    more = packed([np.full(1, 2.0)], arrays, "second")
    assert len(arrays) == 3
    assert float(unpacked(text, arrays)["a"][1]["b"][0]) == 1
    assert float(unpacked(more, arrays)[0][0]) == 2


@pytest.mark.parametrize(
    "value",
    [
        {"a": {"b": np.zeros(1)}, "a/b": np.ones(1)},
        {1: np.zeros(1), "1": np.ones(1)},
        {"": np.zeros(1), "/": [np.ones(1)]},
    ],
    ids=str,
)
def test_arrays_whose_places_read_alike_stay_apart(value):
    same(round_trip(value), value)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", 1j, {"deep": [open]}])
def test_other_things_are_refused_with_their_place(value):
    with raises(TypeError):
        packed(value, {}, "value")
