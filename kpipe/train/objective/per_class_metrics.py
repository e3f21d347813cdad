"""Precision, recall and F1 of each class, and the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.train.objective.confusion import Confusion


@dataclass(frozen=True)
class PerClassMetrics:
    """Precision, recall, F1 and number of samples of each class, and the confusion matrix.

    Args:
        classes: the k class names.
        precision, recall, f1: arrays of shape (k,); 0 for a class that was never predicted or has no samples.
        support: the number of samples of each class, of shape (k,).
        confusion: the pairs of a true and a predicted class; None for multilabel.
    """

    classes: tuple[str, ...]
    precision: npt.NDArray[np.float64]
    recall: npt.NDArray[np.float64]
    f1: npt.NDArray[np.float64]
    support: npt.NDArray[np.int64]
    confusion: Confusion | None

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Return the metrics of each class by class name, as plain numbers."""
        return {
            name: {
                "precision": float(self.precision[index]),
                "recall": float(self.recall[index]),
                "f1": float(self.f1[index]),
                "support": int(self.support[index]),
            }
            for index, name in enumerate(self.classes)
        }


def per_class_metrics(
    labels: npt.NDArray[Any], predictions: npt.NDArray[Any], classes: Sequence[str]
) -> PerClassMetrics:
    """Return the metrics of each class, computed by scikit-learn.

    Args:
        labels: class indices of any shape, or float32 columns of 0 and 1 of shape (n, k) for multilabel.
        predictions: predictions of the same shape.
        classes: the k class names.

    Example:
        >>> per_class_metrics(np.array([0, 0, 1]), np.array([0, 1, 1]), ["a", "b"]).confusion.matrix()
        array([[1, 1],
               [0, 1]])
    """
    from sklearn.metrics import precision_recall_fscore_support

    indices = np.arange(len(classes))
    is_multilabel = labels.dtype.kind == "f"
    if is_multilabel:
        labels = (labels > 0.5).astype(np.int64)
    else:
        labels, predictions = labels.reshape(-1), predictions.reshape(-1)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predictions, labels=indices, zero_division=0.0
    )
    confusion = None if is_multilabel else Confusion.of(labels, predictions, classes)
    return PerClassMetrics(tuple(classes), precision, recall, f1, support.astype(np.int64), confusion)
