"""How well each class is recognized."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class PerClassMetrics:
    """Precision, recall, F1 and number of samples of each class, and who was taken for whom.

    Args:
        classes: the k names.
        precision, recall, f1: of shape (k,); 0 where a class was never answered, or never there.
        support: samples of each class, of shape (k,).
        confusion: samples of class i (row) answered as class j (column), of shape (k, k); None for
            multilabel.
    """

    classes: tuple[str, ...]
    precision: npt.NDArray[np.float64]
    recall: npt.NDArray[np.float64]
    f1: npt.NDArray[np.float64]
    support: npt.NDArray[np.int64]
    confusion: npt.NDArray[np.int64] | None

    def to_dict(self) -> dict[str, dict[str, float]]:
        """The metrics of each class by its name, as plain numbers."""
        return {
            name: {
                "precision": float(self.precision[index]),
                "recall": float(self.recall[index]),
                "f1": float(self.f1[index]),
                "support": int(self.support[index]),
            }
            for index, name in enumerate(self.classes)
        }

    def confused(self, most: int) -> list[tuple[str, str, int]]:
        """The pairs (class, what it was taken for, how often) that were confused most, the worst first."""
        if self.confusion is None:
            return []
        wrong = self.confusion * (1 - np.eye(len(self.classes), dtype=np.int64))
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        rows, columns = np.unravel_index(order, wrong.shape)
        return [
            (self.classes[row], self.classes[column], int(wrong[row, column]))
            for row, column in zip(rows, columns, strict=True)
            if wrong[row, column]
        ]


def per_class_metrics(truth: npt.NDArray[Any], answer: npt.NDArray[Any], classes: Sequence[str]) -> PerClassMetrics:
    """The metrics by scikit-learn.

    Args:
        truth: class indices of any shape, or 0/1 columns of shape (n, k) for multilabel (float32 then).
        answer: of the same shape.
        classes: the k names.

    Example:
        >>> per_class_metrics(np.array([0, 0, 1]), np.array([0, 1, 1]), ["a", "b"]).confusion
        array([[1, 1],
               [0, 1]])
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    labels = np.arange(len(classes))
    is_multilabel = truth.dtype.kind == "f"
    if is_multilabel:
        truth = (truth > 0.5).astype(np.int64)
    else:
        truth, answer = truth.reshape(-1), answer.reshape(-1)
    precision, recall, f1, support = precision_recall_fscore_support(truth, answer, labels=labels, zero_division=0.0)
    confusion = None if is_multilabel else confusion_matrix(truth, answer, labels=labels).astype(np.int64)
    return PerClassMetrics(tuple(classes), precision, recall, f1, support.astype(np.int64), confusion)
