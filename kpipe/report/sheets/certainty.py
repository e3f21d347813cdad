"""How certain a prediction is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.report.prediction_answer import PredictedTarget


def certainty(target: PredictedTarget, numbers: npt.NDArray[Any]) -> float | None:
    """Return the probability of a predicted class; None for a number to predict.

    For a multilabel target, it is that of the least certain label, max(p, 1 - p); for a sequence or a mask, the mean
    over its positions.

    Args:
        target: the target.
        numbers: the output of the model for one sample.

    Example:
        >>> certainty(PredictedTarget("y", "classification", ("no", "yes"), False, True), np.array([0.25]))
        0.75
        >>> certainty(PredictedTarget("y", "multilabel", ("a", "b"), False, False), np.array([0.9, 0.4]))
        0.6
    """
    if target.task == "regression":
        return None
    probabilities = target.probabilities(numbers).astype(np.float64)
    if target.task == "multilabel":
        return float(np.maximum(probabilities, 1 - probabilities).min())
    return float(probabilities.max(axis=-1).mean())
