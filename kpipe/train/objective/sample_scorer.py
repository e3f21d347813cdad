"""The scores of samples from the outputs of a model."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.train.objective import loss_and_metric_rules as rules
from kpipe.train.objective.objective import TargetObjective
from kpipe.train.objective.sample_scores import SampleScores

#: The smallest probability in a loss of probabilities, as in Keras.
_LEAST = 1e-7


class SampleScorer:
    """Reduces the outputs for a target with exclusive classes to one score for each sample.

    The probabilities are the softmax of logits, or their sigmoid if the loss treats each class as independent or one
    unit distinguishes two classes; other outputs are probabilities already.

    Args:
        item: the objective of the target; use `of`, which checks it.

    Example:
        >>> import keras
        >>> from kpipe.data.dataset import Target
        >>> target = Target("y", "classification", ("no", "yes"), ())
        >>> item = TargetObjective(target, "logits", True, "sparse", (2,), keras.losses.Hinge, list)
        >>> scores = SampleScorer.of(item).scores(np.array([[0.0, np.log(3)]]), np.array([0]))
        >>> float(scores.probability[0]), int(scores.predicted[0]), float(scores.predicted_probability[0])
        (0.25, 1, 0.75)
    """

    def __init__(self, item: TargetObjective) -> None:
        self._is_binary = item.form == "binary"
        is_independent = rules.class_name(item.make_loss()) in rules.INDEPENDENT
        self._form: Literal["softmax", "sigmoid", "probabilities"] = "probabilities"
        if item.logits:
            self._form = "sigmoid" if self._is_binary or is_independent else "softmax"
        self._classes = len(item.target.classes or ())

    @classmethod
    def of(cls, item: TargetObjective) -> SampleScorer | None:
        """Return the scorer of a target; None without exclusive classes, or if the meaning of the output is unknown."""
        if item.target.task not in ("classification", "sequence") or item.logits is None:
            return None
        return cls(item)

    def scores(
        self, outputs: npt.NDArray[Any], labels: npt.NDArray[Any], mask: npt.NDArray[np.bool_] | None = None
    ) -> SampleScores | None:
        """Return the scores of a batch.

        Args:
            outputs: the outputs of the model, of shape (n, ..., classes), or (n, 1) for a single unit.
            labels: the class indices of the dataset, of shape (n, ...).
            mask: the positions that count, of the shape of the labels; masks of other shapes, and None, exclude none.

        Returns:
            The scores; None if the outputs do not have the shape of the labels, as with some custom losses.
        """
        logarithms = self._logarithms(outputs.astype(np.float32))
        if logarithms.shape != (*labels.shape, self._classes):
            return None
        counts = (labels >= 0) & (labels < self._classes)
        if mask is not None and mask.shape == labels.shape:
            counts &= mask
        indices = np.where(counts, labels, 0).astype(np.int64)
        found = np.where(counts, _taken(logarithms, indices), np.nan).reshape(len(labels), -1)
        # The decision is made by the outputs, since logarithms of small probabilities are equal.
        predicted = self._predicted(outputs)
        position = np.argmin(np.where(np.isnan(found), np.inf, found), axis=1)
        chosen = _taken(predicted.reshape(len(labels), -1), position)
        return SampleScores(
            probability=np.exp(_taken(found, position)),
            predicted=chosen,
            predicted_probability=np.exp(_taken(_taken(logarithms, predicted).reshape(len(labels), -1), position)),
            loss=_mean_loss(found),
            position=position,
        )

    def _predicted(self, outputs: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        if self._is_binary:
            threshold = 0.0 if self._form == "sigmoid" else 0.5
            return np.asarray(outputs[..., 0] > threshold, np.int64)
        return np.asarray(np.argmax(outputs, axis=-1), np.int64)

    def _logarithms(self, outputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the logarithms of the probabilities of all classes along the last axis."""
        if self._is_binary and self._form == "sigmoid":
            found = -np.logaddexp(0, np.concatenate([outputs, -outputs], axis=-1))
        elif self._is_binary:
            found = _logarithm(np.concatenate([1 - outputs, outputs], axis=-1))
        elif self._form == "sigmoid":
            found = -np.logaddexp(0, -outputs)
        elif self._form == "softmax":
            with np.errstate(invalid="ignore"):  # the output of a model can be infinite
                shifted = outputs - outputs.max(axis=-1, keepdims=True)
                found = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        else:
            found = _logarithm(outputs)
        return np.asarray(found, np.float32)


def _logarithm(probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.log(np.clip(probabilities, _LEAST, 1))


def _taken(values: npt.NDArray[Any], indices: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Return the values at indices of the last axis."""
    return np.take_along_axis(values, indices[..., None], axis=-1)[..., 0]


def _mean_loss(found: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    counted = ~np.isnan(found)
    number = counted.sum(axis=1)
    total = -np.where(counted, found, 0).sum(axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan).astype(np.float32)
