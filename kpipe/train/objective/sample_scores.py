"""How well a model explains the label of each sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class SampleScores:
    """The probability of the given label of each sample, and the class that the model predicts.

    A sample with several labels (a sequence or a mask) has the probability and the prediction of the position whose
    label is the least probable, and the mean loss of its positions; those that a mask excludes do not count. Numbers
    are NaN where no position counts, or where the output of the model is not finite.

    Args:
        probability: the probability of the label, float32 of shape (n,).
        predicted: the index of the predicted class, int64 of shape (n,).
        predicted_probability: its probability, float32 of shape (n,).
        loss: the mean of -log p over the positions, where p is the probability of the label, float32 of shape (n,).
        position: the flat index of the position, int64 of shape (n,); 0 for a sample with one label.

    Example:
        >>> first, second = (np.array([number], np.float32) for number in (0.5, 0.25))
        >>> zero = np.array([0])
        >>> scores = [SampleScores(each, zero, each, -np.log(each), zero) for each in (first, second)]
        >>> SampleScores.joined(scores).probability
        array([0.5 , 0.25], dtype=float32)
    """

    probability: npt.NDArray[np.float32]
    predicted: npt.NDArray[np.int64]
    predicted_probability: npt.NDArray[np.float32]
    loss: npt.NDArray[np.float32]
    position: npt.NDArray[np.int64]

    @classmethod
    def joined(cls, batches: Sequence[SampleScores]) -> SampleScores:
        """Return the scores of several batches, at least one, in their order."""
        names = [entry.name for entry in fields(cls)]
        return cls(**{name: np.concatenate([getattr(batch, name) for batch in batches]) for name in names})
