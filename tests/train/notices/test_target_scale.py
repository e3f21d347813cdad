import keras
import numpy as np
import pytest
from golden import expect_message

from kpipe.data.dataset import Target
from kpipe.data.prepare.rescale import Rescale
from kpipe.data.prepare.standardize import Standardize
from kpipe.data.prepared import PreparedData
from kpipe.data.prepared_target import PreparedTarget
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.train.notices.target_scale import target_scale
from kpipe.train.objective.objective import decide

from ..stand_in import train_section

TARGET = Target("price", "regression", None, ())


def reported(deviation, loss="auto", stages=()):
    labels = np.tile([1.0, -1.0], 20) * deviation
    dataset = ArrayDataset({"x": {"train": np.ones((40, 2))}}, {"price": TARGET}, {"price": labels.astype(np.float32)})
    prepared_target = {"price": PreparedTarget(TARGET, stages)} if stages else {}
    prepared = PreparedData(dataset, {"train": np.arange(40)}, targets=prepared_target)
    prepared.fit_targets()
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    objective = decide(train_section(loss=loss), model, dataset.targets, preparations=prepared.targets)
    return list(target_scale(objective, prepared))


@pytest.mark.parametrize(
    ("deviation", "loss", "stages"),
    [
        (10.5, "auto", []),
        (0.009, "Huber", []),
        (79_443.2, "MeanAbsoluteError", []),
        (1000, "MeanSquaredError", [Rescale(scale=0.1)]),
    ],
)
def test_a_deviation_that_is_too_large_or_too_small(deviation, loss, stages):
    (line,) = reported(deviation, loss, stages)
    expect_message(line)


@pytest.mark.parametrize(
    ("deviation", "loss", "stages"),
    [
        (9.5, "auto", []),
        (0.011, "auto", []),
        (0, "auto", []),
        (1e6, "MeanSquaredLogarithmicError", []),
        (1e6, "auto", [Standardize()]),
    ],
)
def test_what_is_not_reported(deviation, loss, stages):
    assert reported(deviation, loss, stages) == []
