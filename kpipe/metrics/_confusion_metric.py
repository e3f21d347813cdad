"""The base class of metrics based on confusion counts."""

from __future__ import annotations

from typing import Any

from keras import ops

from kpipe.errors import ArgumentError
from kpipe.metrics._class_metric import ClassMetric


class ConfusionMetric(ClassMetric):
    """Base class of metrics that count true and false positives and negatives of each class.

    The predicted class is the one with the largest output. With `thresholds`, all classes with a probability above the
    threshold are predicted; with `top_k`, those with the k largest outputs.

    Args:
        thresholds: one or several numbers in [0, 1]; None for the largest output.
        top_k: number of the largest outputs that count as predicted, at least 1; None for only the largest.
        **common: `class_id`, `average`, `activation`, `name` and `dtype`; see `ClassMetric`.

    Raises:
        ArgumentError: an argument is out of range.
    """

    def __init__(self, *, thresholds: float | list[float] | None, top_k: int | None, **common: Any) -> None:
        super().__init__(**common)
        values = [] if thresholds is None else [thresholds] if isinstance(thresholds, int | float) else thresholds
        if thresholds is not None and not values:
            raise ArgumentError("thresholds", "empty; expected one or several numbers in [0, 1], got []")
        self._thresholds = [float(value) for value in values]
        self.init_thresholds, self.top_k = thresholds, top_k

    def bind(self, num_classes: int) -> None:
        """Create the variables; see `ClassMetric.bind`."""
        if self.top_k is not None and self.top_k > num_classes:
            message = f"out of range; expected at most {num_classes}, the number of classes, got {self.top_k}"
            raise ArgumentError("top_k", message)
        super().bind(num_classes)

    def _create(self, columns: int) -> None:
        shape = (max(len(self._thresholds), 1), columns)
        for name in ("true_positives", "false_positives", "true_negatives", "false_negatives"):
            setattr(self, name, self.add_variable(shape=shape, initializer="zeros", name=name))

    def _add(self, truth: Any, scores: Any, weights: Any) -> None:
        predicted = self._columns(self._predicted(scores))
        truth = self._columns(truth)
        weights = ops.ones_like(truth) if weights is None else weights[:, None]
        positive, negative = truth * weights, (1 - truth) * weights
        self.true_positives.assign_add(ops.sum(predicted * positive, axis=1))
        self.false_positives.assign_add(ops.sum(predicted * negative, axis=1))
        self.true_negatives.assign_add(ops.sum((1 - predicted) * negative, axis=1))
        self.false_negatives.assign_add(ops.sum((1 - predicted) * positive, axis=1))

    def _predicted(self, scores: Any) -> Any:
        """Predictions as 0 or 1 for each threshold, sample and class."""
        if not self._thresholds and self.top_k is None:
            return ops.one_hot(ops.argmax(scores, axis=-1), self.num_classes, dtype=self.dtype)[None]
        predicted = ops.ones_like(scores)[None]
        if self._thresholds:
            thresholds = ops.reshape(ops.convert_to_tensor(self._thresholds, self.dtype), (-1, 1, 1))
            predicted = ops.cast(self._probabilities(scores)[None] > thresholds, self.dtype)
        if self.top_k is not None:
            _, largest = ops.top_k(scores, self.top_k)
            predicted = predicted * ops.sum(ops.one_hot(largest, self.num_classes, dtype=self.dtype), axis=-2)
        return predicted

    def _ratio(self, numerator: Any, denominator: Any) -> Any:
        """A quotient as one number, or one per threshold of a list; 0 if the denominator is 0.

        As in scikit-learn, classes without samples and predictions are excluded in a macro average.
        """
        if self.average == "micro":
            numerator, denominator = (ops.sum(value, axis=-1) for value in (numerator, denominator))
            return self._one_or_list(ops.divide_no_nan(numerator, denominator))
        support = self.true_positives + self.false_negatives
        counts = support + self.false_positives > 0
        return self._one_or_list(self._merged(ops.divide_no_nan(numerator, denominator), support, counts))

    def _total(self, values: Any) -> Any:
        """A count as one number, or one per threshold of a list."""
        if self.average == "micro":
            return self._one_or_list(ops.sum(values, axis=-1))
        support = self.true_positives + self.false_negatives
        return self._one_or_list(self._merged(values, support, ops.ones_like(support)))

    def _one_or_list(self, values: Any) -> Any:
        return values if len(self._thresholds) > 1 else values[0]

    def result(self) -> Any:
        """Return the current value; 0 before the first update."""
        return ops.zeros((), self.dtype) if self.num_classes is None else self._result()

    def _result(self) -> Any:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = {"thresholds": self.init_thresholds, "top_k": self.top_k}
        return {**super().get_config(), **own}
