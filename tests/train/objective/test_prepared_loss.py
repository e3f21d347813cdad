import keras
import numpy as np
import pytest

from kpipe.data.dataset import Target
from kpipe.data.prepare.standardize import Standardize
from kpipe.data.prepared_target import PreparedTarget
from kpipe.train.objective.prepared_loss import PreparedLoss


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_the_loss_is_that_of_prepared_values(shape):
    labels = np.array([1000.0, 1100, 1200, 1300, 1400, 1500])
    preparation = PreparedTarget(Target("y", "regression", None, ()), [Standardize()])
    preparation.fit(labels, np.arange(6))
    loss = PreparedLoss(keras.losses.MeanSquaredError(), preparation, (1,))
    errors = np.array([10, -20, 30, 0, 50, 5])
    predictions = (labels + errors)[:, np.newaxis].astype(np.float32)
    found = loss(labels.reshape(shape).astype(np.float32), predictions)
    assert float(found) == pytest.approx(np.mean(np.square(errors)) / labels.var(), rel=1e-4)
