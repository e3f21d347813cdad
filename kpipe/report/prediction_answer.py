"""Conversion of model outputs to predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class PredictedTarget:
    """A target with the interpretation of the model output, as described in `data.json`.

    Args:
        name: name of the target.
        task: `classification`, `multilabel`, `sequence` or `regression`.
        classes: class names in the order of their indices; empty for regression.
        logits: whether the outputs are logits, which softmax or sigmoid converts to probabilities.
        binary: whether a single output distinguishes two classes.
    """

    name: str
    task: str
    classes: tuple[str, ...]
    logits: bool
    binary: bool

    def answer(self, numbers: npt.NDArray[Any]) -> dict[str, Any]:
        """Convert the output for one sample to plain data.

        Returns:
            A mapping with `prediction`: a class, a list of labels, a list of classes (sequences), a number or a list of
            numbers; with `probability` for classes and sequences; and with `probabilities` keyed by class except for
            regression.

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

    def spread(self, numbers: npt.NDArray[Any]) -> Any:
        """Convert the standard deviations of the probabilities or numbers of one sample to plain data.

        Returns:
            A mapping from class to deviation; for regression, a number or a list of numbers.

        Example:
            >>> PredictedTarget("y", "classification", ("no", "yes"), True, True).spread(np.array([0.25]))
            {'no': 0.25, 'yes': 0.25}
        """
        if self.task == "regression":
            return plain(numbers.reshape(()) if numbers.size == 1 else numbers)
        by_class = np.concatenate([numbers, numbers], axis=-1) if self.binary else numbers
        return dict(zip(self.classes, plain(np.moveaxis(by_class, -1, 0)), strict=True))

    def probabilities(self, numbers: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the probabilities of the classes along the last axis; outputs other than logits are not changed."""
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
    """Convert numbers to floats with the digits of their data type, so 0.1 in float32 is 0.1; None if not finite.

    Example:
        >>> plain(np.array([0.1, np.nan], np.float32))
        [0.1, None]
    """
    if values.ndim:
        return [plain(entry) for entry in values]
    number = values[()]
    return float(str(number)) if math.isfinite(number) else None


def _sigmoid(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    # Unlike the exponential function, the hyperbolic tangent does not overflow.
    half: npt.NDArray[np.float64] = 0.5 * (1 + np.tanh(0.5 * values))
    return half
