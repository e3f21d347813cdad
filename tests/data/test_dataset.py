import dataclasses

import numpy as np
import pytest
from golden import expect_message

from kpipe.data.dataset import BadSample, Dataset, Input, Target


class Squares(Dataset):
    def read(self, indices):
        return {"x": indices[:, np.newaxis] ** 2}


def make():
    return Squares(
        {"x": Input("x", "array", (1,), "int64")},
        {"y": Target("y", "regression", None, ())},
        {"y": np.zeros(4, np.float32)},
        {"train": np.arange(4)},
        [BadSample("a.jpg", "the file is empty")],
    )


def test_a_subclass_needs_read_alone():
    dataset = make()
    assert dataset.read(np.array([3, 1]))["x"].tolist() == [[9], [1]]
    assert dataset.arrays() is None
    assert dataset.sample_name(3) == "sample 3"
    expect_message(dataset.bad[0].reason)


def test_read_is_required():
    with pytest.raises(TypeError, match="read"):
        Dataset({}, {}, {}, {})


def test_descriptions_do_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        make().inputs["x"].name = "z"
