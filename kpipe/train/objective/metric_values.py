"""The current metrics of a compiled model as plain numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np

from kpipe.keras_internals import build_compiled_state
from kpipe.train.objective.sample_count import SampleCount


def metric_values(model: keras.Model) -> dict[str, float]:
    """Return the loss and the metrics of a model; a metric with several numbers has one entry for each."""
    return plain_metrics(model.get_metrics_result())


def plain_metrics(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return logs as floats; a metric with several numbers becomes `name_0`, `name_1` and so on.

    Example:
        >>> plain_metrics({"loss": np.float32(0.5), "f1_score": np.array([1.0, 0.0])})
        {'loss': 0.5, 'f1_score_0': 1.0, 'f1_score_1': 0.0}
    """
    return dict(_numbers(logs))


def _numbers(logs: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in logs.items():
        numbers = np.asarray(value, dtype=np.float64)
        if numbers.ndim == 0:
            yield name, float(numbers)
        else:
            yield from ((f"{name}_{index}", float(number)) for index, number in enumerate(numbers.flat))


def build_metrics(model: keras.Model, batches: Any, output: Any = None) -> list[str]:
    """Create the state of the loss and the metrics, and return the names of the metrics.

    Keras would create it at the first step, and report wrong names only then. A name that two metrics have, such as
    that of a metric that a layer adds, is returned twice.

    Args:
        model: a compiled model.
        batches: the `tf.data` dataset of the batches; only its shapes are used.
        output: symbolic outputs of the model; by default, the model is called to determine their shapes.
    """
    build_compiled_state(model, batches.element_spec, output)
    model.sample_count = SampleCount(model)
    model.reset_metrics()
    return [name for metric in model.metrics for name in _names_of(metric)]


def _names_of(metric: Any) -> list[str]:
    result = metric.result()
    return [name for name, _ in _numbers(result if isinstance(result, Mapping) else {metric.name: result})]
