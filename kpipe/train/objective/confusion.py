"""The confusion matrix of one target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

#: Up to this number of classes, `result.json` contains the whole matrix: with 5,000 classes it would be 276 MB.
MATRIX_CLASSES = 100


@dataclass(frozen=True)
class Confusion:
    """The pairs of a true and a predicted class that occur, which are never more than the samples.

    Args:
        classes: the k class names.
        true, predicted: indices of the classes of each pair, of shape (pairs,), in the order of the rows of the matrix.
        samples: the number of samples of each pair, of shape (pairs,).

    Example:
        >>> confusion = Confusion.of(np.array([0, 0, 1]), np.array([0, 1, 1]), ["a", "b"])
        >>> confusion.matrix()
        array([[1, 1],
               [0, 1]])
        >>> confusion.most_frequent(5)
        [('a', 'b', 1)]
    """

    classes: tuple[str, ...]
    true: npt.NDArray[np.int64]
    predicted: npt.NDArray[np.int64]
    samples: npt.NDArray[np.int64]

    @classmethod
    def of(cls, labels: npt.NDArray[Any], predictions: npt.NDArray[Any], classes: Sequence[str]) -> Confusion:
        """Count the pairs of class indices of shape (n,); samples with an index that is not of a class are skipped."""
        count = len(classes)
        valid = (labels >= 0) & (labels < count) & (predictions >= 0) & (predictions < count)
        pairs = labels[valid].astype(np.int64) * count + predictions[valid].astype(np.int64)
        found, samples = np.unique(pairs, return_counts=True)
        return cls(tuple(classes), found // max(count, 1), found % max(count, 1), samples.astype(np.int64))

    @property
    def is_large(self) -> bool:
        """Whether the matrix is too large for `result.json`."""
        return len(self.classes) > MATRIX_CLASSES

    def matrix(self) -> npt.NDArray[np.int64]:
        """Return the number of samples of class i (row) predicted as class j (column), of shape (k, k)."""
        found = np.zeros((len(self.classes), len(self.classes)), np.int64)
        found[self.true, self.predicted] = self.samples
        return found

    def rows(self) -> Iterator[tuple[str, str, int]]:
        """Yield all pairs (class, predicted class, samples), correct ones included, in the order of the matrix."""
        for true, predicted, samples in zip(self.true, self.predicted, self.samples, strict=True):
            yield self.classes[true], self.classes[predicted], int(samples)

    def most_frequent(self, count: int) -> list[tuple[str, str, int]]:
        """Return the most frequent confusions (class, predicted class, samples), in descending order."""
        wrong = np.flatnonzero(self.true != self.predicted)
        order = wrong[np.argsort(-self.samples[wrong], kind="stable")[:count]]
        return [*Confusion(self.classes, self.true[order], self.predicted[order], self.samples[order]).rows()]
