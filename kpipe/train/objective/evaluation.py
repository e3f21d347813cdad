"""The results of a model on one part of the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.train.objective.per_class_metrics import PerClassMetrics


@dataclass(frozen=True)
class Evaluation:
    """What a model does on a part.

    Args:
        part: the part's name.
        metrics: the loss and the metrics, as in training but without class weights.
        predictions: by target name, the answer for each sample: class indices, 0 and 1 for multilabel, numbers.
        labels: likewise, the labels of the dataset.
        masks: for sequences with a mask, which steps count; None elsewhere.
        classes: metrics of each class and the confusion matrix, for targets that have classes.
    """

    part: str
    metrics: dict[str, float]
    predictions: dict[str, npt.NDArray[Any]]
    labels: dict[str, npt.NDArray[Any]]
    masks: dict[str, npt.NDArray[np.bool_] | None]
    classes: dict[str, PerClassMetrics]
