import keras
import numpy as np
import pytest

from kpipe.data.dataset import Target
from kpipe.data.prepare.standardize import Standardize
from kpipe.data.prepared_target import PreparedTarget
from kpipe.train.objective.own_units import OwnUnits


@keras.saving.register_keras_serializable(package="test")
class Largest(keras.metrics.Metric):
    """A custom metric without a configuration of its type."""

    def __init__(self, name="largest"):
        super().__init__(name=name)
        self.value = self.add_variable((), "zeros", name="value")

    def update_state(self, y_true, y_pred, sample_weight=None):
        error = keras.ops.max(keras.ops.abs(y_true - y_pred))
        self.value.assign(keras.ops.maximum(self.value, keras.ops.cast(error, "float32")))

    def result(self):
        return self.value


def own_units(metric):
    rng = np.random.default_rng(0)
    labels = (8000 + rng.standard_normal(200)).astype(np.float32)
    preparation = PreparedTarget(Target("y", "regression", None, ()), [Standardize()])
    preparation.fit(labels, np.arange(200))
    prepared = preparation.transform(labels)[:, np.newaxis]
    outputs = prepared + 1e-3 * rng.standard_normal(prepared.shape).astype(np.float32)
    return OwnUnits(metric, preparation, (1,)), labels.astype(np.float64), prepared, outputs, preparation


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (keras.metrics.MeanAbsoluteError(name="mae"), lambda y, p: np.abs(y - p).mean()),
        (keras.metrics.RootMeanSquaredError(), lambda y, p: np.sqrt(np.square(y - p).mean())),
        (keras.metrics.MeanAbsolutePercentageError(), lambda y, p: 100 * np.abs((y - p) / y).mean()),
        (keras.metrics.R2Score(), lambda y, p: 1 - np.square(y - p).sum() / np.square(y - y.mean()).sum()),
        (Largest(), lambda y, p: np.abs(y - p).max()),
    ],
)
def test_a_metric_is_that_of_the_own_units_although_float32_has_too_few_digits_for_them(metric, expected):
    wrapped, labels, prepared, outputs, preparation = own_units(metric)
    for part in (slice(0, 64), slice(64, 200)):
        wrapped.update_state(prepared[part], outputs[part])
    own = preparation.inverse(outputs[:, 0].astype(np.float64))
    assert wrapped.name == metric.name
    assert float(wrapped.result()) == pytest.approx(expected(labels, own), rel=1e-3)
    wrapped.reset_state()
    wrapped.update_state(prepared[:5], outputs[:5])
    assert float(wrapped.result()) == pytest.approx(expected(labels[:5], own[:5]), rel=1e-3)


def test_its_state_is_that_of_the_metric():
    wrapped, *_ = own_units(keras.metrics.MeanAbsoluteError())
    assert [variable.path for variable in wrapped.variables] == [variable.path for variable in wrapped.metric.variables]
    assert {variable.dtype for variable in wrapped.variables} == {"float64"}
