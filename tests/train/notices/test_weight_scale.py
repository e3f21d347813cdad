import numpy as np
import pytest
from golden import expect_message

from kpipe.data.dataset import Target
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.train.notices.weight_scale import weight_scale


def reported(weights):
    target = {"y": Target("y", "regression", None, ())}
    dataset = ArrayDataset({"x": {"train": np.ones((4, 2))}}, target, {"y": np.ones(4, np.float32)}, weights=weights)
    return weight_scale(PreparedData(dataset, {"train": np.arange(2)}))


@pytest.mark.parametrize("mean", [1740.18, 0.01])
def test_a_mean_weight_far_from_1(mean):
    expect_message(reported(np.array([mean / 2, mean * 3 / 2, 1, 1], np.float32)))


def test_weights_that_are_not_reported():
    assert reported(None) is None
    assert reported(np.array([0.0, 3.0, 1e6, 1e6], np.float32)) is None
