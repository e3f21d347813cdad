"""The scale of the numbers to predict."""

from __future__ import annotations

import numpy as np

from kpipe.data.prepared import PreparedData
from kpipe.train.objective.objective import Objective

#: The largest absolute mean or deviation that suits initial weights and usual learning rates, and the least deviation.
LARGEST, SMALLEST = 10.0, 0.1


def is_unscaled(prepared: PreparedData, objective: Objective) -> bool:
    """Return whether numbers to predict are far from a mean of 0 and a deviation of 1, after their preparation.

    Args:
        prepared: the data of the training.
        objective: the losses of the training.
    """
    train = prepared.parts["train"]
    for name, item in objective.targets.items():
        if item.target.task != "regression":
            continue
        values = np.asarray(item.encode(np.asarray(prepared.dataset.labels[name][train[:1000]])), np.float64)
        deviation = float(np.std(values))
        if max(abs(float(np.mean(values))), deviation) > LARGEST or deviation < SMALLEST:
            return True
    return False
