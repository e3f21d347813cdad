"""Metrics of a prepared target in the units of the target."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.components.inspection.custom_classes import is_custom
from kpipe.data.prepared_target import PreparedTarget


class OwnUnits(keras.metrics.Metric):  # type: ignore[misc,unused-ignore]
    """A metric of labels and predictions that are converted back to the units of the target.

    The conversion, and a metric of Keras or kpipe, are computed in float64, since float32 has too few digits where the
    mean of a target is large compared to its deviation. The name is that of the metric.

    Args:
        metric: a new metric.
        preparation: the fitted preparation of the target.
        shape: the shape of one prediction.
    """

    def __init__(self, metric: Any, preparation: PreparedTarget, shape: tuple[int | None, ...]) -> None:
        super().__init__(name=metric.name, dtype="float64")
        self.metric = _in_float64(metric)
        self._preparation = preparation
        self._shape = shape

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Update the metric with labels and predictions in the units of the target."""
        own = [self._preparation.inverse(keras.ops.cast(values, "float64"), self._shape) for values in (y_true, y_pred)]
        self.metric.update_state(*own, sample_weight=sample_weight)

    def result(self) -> Any:
        """Return the result of the metric."""
        return self.metric.result()

    def reset_state(self) -> None:
        """Reset the state of the metric."""
        self.metric.reset_state()

    def get_config(self) -> dict[str, Any]:
        """Return the configuration of the metric, by which objectives are compared."""
        return {"metric": keras.saving.serialize_keras_object(self.metric), **self._preparation.describe()}


def _in_float64(metric: Any) -> Any:
    """Return a new metric of Keras or kpipe with a state in float64; a custom one may not support it."""
    if is_custom(metric):
        return metric
    return type(metric).from_config({**metric.get_config(), "dtype": "float64"})
