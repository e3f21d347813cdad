"""The base class of metrics at an operating point of a curve."""

from __future__ import annotations

from typing import Any, ClassVar

from keras import ops

from kpipe.metrics._class_metric import ClassMetric


class OperatingPointMetric(ClassMetric):
    """Base class of metrics that maximize one rate over the thresholds at which another rate has a required value.

    Args:
        required: name and minimum value, in [0, 1], of the required rate.
        num_thresholds: number of thresholds between 0 and 1, at least 1; a single threshold is 0.5.
        **common: `class_id`, `average`, `activation`, `name` and `dtype`; see `ClassMetric`.

    Raises:
        ArgumentError: an argument is out of range.
    """

    averages: ClassVar[tuple[str, ...]] = ("macro", "weighted")

    def __init__(self, required: tuple[str, float], num_thresholds: int, **common: Any) -> None:
        super().__init__(**common)
        self._required, self.num_thresholds = required, num_thresholds

    def _create(self, columns: int) -> None:
        for name in ("true_positives", "false_positives", "true_negatives", "false_negatives"):
            variable = self.add_variable(shape=(self.num_thresholds, columns), initializer="zeros", name=name)
            setattr(self, name, variable)

    def _add(self, truth: Any, scores: Any, weights: Any) -> None:
        truth, probabilities = self._columns(truth), self._columns(self._probabilities(scores))
        weights = ops.ones_like(truth) if weights is None else weights[:, None]
        exceeded = self._exceeded(probabilities)
        positive, negative = truth * weights, (1 - truth) * weights
        true_positives, false_positives = self._above(exceeded, positive), self._above(exceeded, negative)
        self.true_positives.assign_add(true_positives)
        self.false_positives.assign_add(false_positives)
        self.true_negatives.assign_add(ops.sum(negative, axis=0) - false_positives)
        self.false_negatives.assign_add(ops.sum(positive, axis=0) - true_positives)

    def _exceeded(self, probabilities: Any) -> Any:
        """The number of thresholds that each probability exceeds, computed as in Keras."""
        if self.num_thresholds == 1:
            return ops.cast(probabilities > 0.5, "int32")
        return ops.cast(ops.ceil(ops.clip(probabilities, 0.0, 1.0) * (self.num_thresholds - 1)), "int32")

    def _above(self, exceeded: Any, weights: Any) -> Any:
        """The total weight of the samples above each threshold, for each class."""
        bins, columns = self.num_thresholds + 1, weights.shape[-1]
        numbers = exceeded + bins * ops.arange(columns, dtype="int32")
        weights = ops.broadcast_to(weights, ops.shape(exceeded))
        sums = ops.segment_sum(ops.reshape(weights, (-1,)), ops.reshape(numbers, (-1,)), num_segments=bins * columns)
        reversed_sums = ops.cumsum(ops.flip(ops.reshape(sums, (columns, bins)), axis=1), axis=1)
        return ops.transpose(ops.flip(reversed_sums, axis=1)[:, 1:])

    def result(self) -> Any:
        """Return the current value; 0 before the first update, or if no threshold reaches the required rate."""
        if self.num_classes is None:
            return ops.zeros((), self.dtype)
        objective, constrained = self._rates()
        best = ops.max(ops.where(constrained >= self._required[1], objective, ops.zeros_like(objective)), axis=0)
        support = self.true_positives[0] + self.false_negatives[0]
        rest = self.true_negatives[0] + self.false_positives[0]
        counts = ops.logical_and(support > 0, rest > 0)
        return self._merged(best, ops.where(counts, support, ops.zeros_like(support)), counts)

    def _rates(self) -> tuple[Any, Any]:
        """The rate to maximize and the required one, of shape (thresholds, classes)."""
        raise NotImplementedError

    def _sensitivity(self) -> Any:
        return ops.divide_no_nan(self.true_positives, self.true_positives + self.false_negatives)

    def _specificity(self) -> Any:
        return ops.divide_no_nan(self.true_negatives, self.true_negatives + self.false_positives)

    def _precision(self) -> Any:
        return ops.divide_no_nan(self.true_positives, self.true_positives + self.false_positives)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        name, value = self._required
        return {**super().get_config(), name: value, "num_thresholds": self.num_thresholds}
