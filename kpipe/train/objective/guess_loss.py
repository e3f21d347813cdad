"""The loss of a model that knows nothing about its inputs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from kpipe.train.objective.label_shares import label_shares
from kpipe.train.objective.objective import Objective, TargetObjective

#: The most numbers in the predictions that are compared with the labels.
_MOST_VALUES = 1_000_000


@dataclass(frozen=True)
class GuessLoss:
    """The loss of a model that knows nothing about its inputs.

    Args:
        uniform: that of equal probabilities for all classes: log C for the crossentropy of C classes. For numbers, it
            is the same as `trivial`.
        trivial: the lowest loss of a constant answer: the entropy of the class shares, or the variance for
            `MeanSquaredError`. The difference to it is what a training can gain.
    """

    uniform: float
    trivial: float


def guess_loss(
    objective: Objective, labels: Mapping[str, npt.NDArray[Any]], weights: Mapping[str, npt.NDArray[Any]] | None = None
) -> GuessLoss | None:
    """Return the loss of a guess, with the weights of several targets; None if it cannot be computed.

    That is the case if the output is neither probabilities nor logits nor numbers of the shape of the labels.

    Args:
        objective: the losses of the training.
        labels: labels of the dataset, keyed by target name.
        weights: the weights of the same samples, keyed by target name; None if all are equal.
    """
    uniform = trivial = 0.0
    for name, item in objective.targets.items():
        chosen = _few(item, len(labels[name]))
        own = None if weights is None else np.asarray(weights[name][chosen])
        found = _of_target(item, item.encode(np.asarray(labels[name][chosen])), own)
        if found is None:
            return None
        uniform += item.weight * found.uniform
        trivial += item.weight * found.trivial
    return GuessLoss(uniform, trivial)


def _few(item: TargetObjective, count: int) -> npt.NDArray[np.int64]:
    """Return the positions of so many samples that the predictions for them fit into memory."""
    size = math.prod(entry or 1 for entry in item.shape) * max(1, math.prod(item.target.shape))
    return np.unique(np.linspace(0, count - 1, max(1, min(count, _MOST_VALUES // size)), dtype=np.int64))


def _of_target(item: TargetObjective, labels: npt.NDArray[Any], weights: npt.NDArray[Any] | None) -> GuessLoss | None:
    is_number = item.target.task == "regression"
    answers = _numbers(labels) if is_number else _probabilities(item, labels, weights)
    shape = _shape(item, labels)
    if not answers or shape is None:
        return None
    loss = item.make_loss()
    losses = [_loss(loss, labels, np.broadcast_to(answer, shape).astype(np.float32), weights) for answer in answers]
    if not all(np.isfinite(losses)):
        return None
    return GuessLoss(min(losses) if item.target.task == "regression" else losses[0], min(losses))


def _loss(loss: Any, labels: Any, answer: Any, weights: Any) -> float:
    return float(keras.ops.convert_to_numpy(loss(labels, answer, sample_weight=weights)))


def _numbers(labels: npt.NDArray[Any]) -> Sequence[npt.NDArray[Any]]:
    return [labels.mean(axis=0), np.median(labels, axis=0)]


def _probabilities(
    item: TargetObjective, labels: npt.NDArray[Any], weights: npt.NDArray[Any] | None
) -> Sequence[npt.NDArray[Any]]:
    """Return equal probabilities and the shares of the classes, or their logits; empty for other outputs."""
    if item.logits is None or item.activation == "other":
        return []
    is_independent = item.has_independent_probabilities
    classes = len(item.target.classes or ())
    shares = label_shares(item.form, labels, classes, weights, independent=is_independent)
    equal = np.full_like(shares, 0.5 if is_independent else 1 / len(shares))
    answers = [equal, shares]
    if not item.logits:
        return answers
    return [np.log(answer / (1 - answer)) if is_independent else np.log(answer) for answer in answers]


def _shape(item: TargetObjective, labels: npt.NDArray[Any]) -> tuple[int, ...] | None:
    """Return the shape of the answers to all samples; None if it is unknown."""
    own = labels.shape if item.form == "numbers" else (*labels.shape, 0) if item.form == "sparse" else labels.shape
    if len(own) != len(item.shape) + 1:
        return None
    sizes = [size if size is not None else known for size, known in zip(item.shape, own[1:], strict=True)]
    return (len(labels), *sizes)
