"""Metrics of mixed samples, against the label of the larger weight."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras

from kpipe.data.mix.mixed_labels import MixedLabels


def measure_hard_labels(model: keras.Model) -> None:
    """Make the metrics of a model compare the predictions for mixed samples with the label of the larger weight.

    Args:
        model: a compiled model that is trained with labels as in `mixed_labels`.
    """
    # That of the class, since a model can be compiled again.
    compute = partial(type(model).compute_metrics, model)

    def compute_metrics(x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return compute(x, keras.tree.map_structure(lambda packed: MixedLabels.of(packed).first, y), y_pred)

    model.compute_metrics = compute_metrics
