import numpy as np
import pytest

from kpipe.data.sources.array_dataset import ArrayDataset


def opened(array, **options):
    return ArrayDataset({"data": {"train": array}}, {}, {}, **options)


@pytest.mark.parametrize(
    ("array", "name", "kind", "shape"),
    [
        (np.zeros((5, 8, 9, 3), np.uint8), "image", "image", (8, 9, 3)),
        (np.zeros((5, 8, 9), np.uint8), "image", "image", (8, 9, 1)),
        (np.zeros((5, 8, 5), np.uint8), "image", "image", (8, 5, 1)),
        (np.zeros((5, 8, 4), np.uint8), "x", "array", (8, 4)),
        (np.zeros((5, 8, 9)), "x", "array", (8, 9)),
        (np.zeros((5, 8), np.uint8), "x", "array", (8,)),
        (np.zeros(5), "x", "array", (1,)),
    ],
)
def test_what_an_array_is(array, name, kind, shape):
    dataset = opened(array)
    entry = dataset.inputs[name]
    assert (entry.kind, entry.shape) == (kind, shape)
    assert dataset.read(np.array([1, 4]))[name].shape == (2, *shape)
    assert opened(array, rename=False).inputs["data"].shape == shape


def test_parts_follow_one_another():
    train, test = np.arange(6.0).reshape(3, 2), np.arange(10, 14.0).reshape(2, 2)
    dataset = ArrayDataset({"x": {"train": train, "test": test}}, {}, {})
    assert {part: indices.tolist() for part, indices in dataset.parts.items()} == {"train": [0, 1, 2], "test": [3, 4]}
    assert dataset.read(np.array([4, 0, 3, 4]))["x"].tolist() == [[12, 13], [0, 1], [10, 11], [12, 13]]
    assert dataset.arrays() is None
    assert opened(train).arrays()["x"] is train


def test_the_machines_byte_order():
    dataset = opened(np.arange(6, dtype=">i4").reshape(3, 2))
    read = dataset.read(np.array([2]))["x"]
    assert read.dtype.isnative
    assert read.tolist() == [[4, 5]]
    assert dataset.inputs["x"].dtype == "int32"
    assert dataset.arrays() is None


def test_several_inputs_keep_their_names():
    arrays = {"photo": {"train": np.zeros((2, 8, 8, 3), np.uint8)}, "extra": {"train": np.zeros((2, 4))}}
    dataset = ArrayDataset(arrays, {}, {})
    assert {name: entry.kind for name, entry in dataset.inputs.items()} == {"photo": "image", "extra": "array"}


def test_nothing_may_be_read():
    assert opened(np.zeros((3, 2))).read(np.array([], np.int64))["x"].shape == (0, 2)
