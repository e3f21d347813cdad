"""A model's numbers for one sample as an answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class PredictedTarget:
    """How the numbers of one output are read; the fields are those of a target in `data.json`.

    Args:
        name: of the target.
        task: `classification`, `multilabel`, `sequence` or `regression`.
        classes: names by class index; empty for regression.
        logits: whether the numbers are logits: softmax or sigmoid makes them probabilities.
        binary: whether one number tells two classes apart.
    """

    name: str
    task: str
    classes: tuple[str, ...]
    logits: bool
    binary: bool

    def answer(self, numbers: npt.NDArray[Any]) -> dict[str, Any]:
        """One sample's answer as plain data.

        Returns:
            `prediction`: a class, a list of labels, a list of classes (sequences), a number or a list of numbers;
            for classes and sequences `probability`; for all but regression `probabilities` by class.

        Example:
            >>> target = PredictedTarget("y", "classification", ("no", "yes"), False, True)
            >>> target.answer(np.array([0.75]))
            {'prediction': 'yes', 'probability': 0.75, 'probabilities': {'no': 0.25, 'yes': 0.75}}
        """
        if self.task == "regression":
            return {"prediction": plain(numbers.reshape(()) if numbers.size == 1 else numbers)}
        probabilities = self.probabilities(numbers)
        by_class = dict(zip(self.classes, plain(np.moveaxis(probabilities, -1, 0)), strict=True))
        if self.task == "multilabel":
            chosen = [name for name, number in by_class.items() if number is not None and number > 0.5]
            return {"prediction": chosen, "probabilities": by_class}
        best = np.argmax(probabilities, axis=-1)
        names = np.array(self.classes, object)[best]
        largest = np.take_along_axis(probabilities, np.expand_dims(best, -1), -1)[..., 0]
        prediction = names.tolist() if self.task == "sequence" else names
        return {"prediction": prediction, "probability": plain(largest), "probabilities": by_class}

    def probabilities(self, numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Of each class, along the last axis; numbers that are neither logits nor probabilities stay as they are."""
        values = np.asarray(numbers, np.float64)
        if self.binary:
            one = _sigmoid(values) if self.logits else values
            values = np.concatenate([1 - one, one], axis=-1)
        elif self.logits and self.task == "multilabel":
            values = _sigmoid(values)
        elif self.logits:
            shifted = np.exp(values - values.max(axis=-1, keepdims=True))
            values = shifted / shifted.sum(axis=-1, keepdims=True)
        return values.astype(numbers.dtype)


def plain(values: npt.NDArray[Any]) -> Any:
    """Numbers as floats with as many digits as their type has, so that 0.1 in float32 is 0.1; None where not finite.

    Example:
        >>> plain(np.array([0.1, np.nan], np.float32))
        [0.1, None]
    """
    if values.ndim:
        return [plain(entry) for entry in values]
    number = values[()]
    return float(str(number)) if math.isfinite(number) else None


def _sigmoid(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    # Twice the hyperbolic tangent of half never overflows.
    half: npt.NDArray[np.float64] = 0.5 * (1 + np.tanh(0.5 * values))
    return half
