"""The results of a model on one part of the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.train.objective.per_class_metrics import PerClassMetrics
from kpipe.train.objective.sample_scores import SampleScores


@dataclass(frozen=True)
class Evaluation:
    """The metrics and predictions of a model on one part.

    Args:
        part: the name of the part.
        metrics: the loss and the metrics, as in training but without class weights.
        predictions: the prediction for each sample by target name: class indices, 0 and 1 for multilabel, or numbers.
        labels: the labels of the dataset by target name.
        masks: the steps that count by target name, for sequences with a mask; None otherwise.
        classes: the metrics of each class and the confusion matrix, by the name of each target with classes.
        spread: the mean standard deviation over masks of the probabilities, or of the numbers in the target's units,
            by target name; empty (default) without averages over masks.
        scores: the scores of the samples by the name of each target that has them; empty (default) unless they were
            requested.
    """

    part: str
    metrics: dict[str, float]
    predictions: dict[str, npt.NDArray[Any]]
    labels: dict[str, npt.NDArray[Any]]
    masks: dict[str, npt.NDArray[np.bool_] | None]
    classes: dict[str, PerClassMetrics]
    spread: dict[str, float] = field(default_factory=dict)
    scores: dict[str, SampleScores] = field(default_factory=dict)
