"""The base class of metrics over exclusive classes."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import keras
from annotated_types import Ge, Interval
from keras import ops

from kpipe.components.metadata import KerasArgument, NotInSpec
from kpipe.errors import ArgumentError
from kpipe.keras_internals import keras_mask

# Annotations shared by several metrics
Average = Literal["micro", "macro", "weighted"]
Activation = Annotated[
    Literal["softmax", "sigmoid"] | None, NotInSpec("the run derives it from the output and the loss")
]
ClassId = Annotated[int, Ge(0)]
Count = Annotated[int, Ge(1)]
DType = Annotated[str | None, KerasArgument("dtype")]
Share = Annotated[float, Interval(ge=0, le=1)]


class ClassMetric(keras.metrics.Metric):  # type: ignore[misc,unused-ignore]
    """Base class of metrics that compare one class with the rest, or average over all classes.

    Args:
        class_id: index of the positive class; None for the second of two classes.
        average: how to average over all classes; None for a single class.
        activation: activation applied to the predictions if the model outputs logits; None for probabilities.
        name: name of the metric; None for its class in snake_case.
        dtype: data type of the counts and the result; None for Keras' `floatx`.

    Raises:
        ArgumentError: both `class_id` and `average` are given, or one of them is out of range.
    """

    #: The Keras metric of the same name, for targets that are not exclusive classes.
    counterpart: ClassVar[Any]
    #: The supported averages.
    averages: ClassVar[tuple[str, ...]] = ("micro", "macro", "weighted")

    def __init__(
        self, *, class_id: int | None, average: Average | None, activation: Activation, name: Any, dtype: Any
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if average is not None and average not in self.averages:
            allowed = ", ".join(self.averages)
            raise ArgumentError("average", f"unknown average; expected one of {allowed}, got {average!r}")
        if average is not None and class_id is not None:
            message = "unused with class_id, because an average is over all classes; remove one of the two"
            raise ArgumentError("average", message)
        if activation not in (None, "softmax", "sigmoid"):
            message = f"unknown activation; expected softmax, sigmoid or None, got {activation!r}"
            raise ArgumentError("activation", message)
        self.class_id, self.average, self.activation = class_id, average, activation
        self.num_classes: int | None = None
        # Keras' callbacks read the better direction here for `mode="auto"`.
        self._direction = "up"

    @property
    def takes_second_class(self) -> bool:
        """Whether the positive class is the second of two, because neither `class_id` nor `average` is given."""
        return self.class_id is None and self.average is None

    def bind(self, num_classes: int) -> None:
        """Create the variables; called by the first update if not before.

        Args:
            num_classes: units of the output, at least 2.

        Raises:
            ArgumentError: `class_id` is out of range, or more than two classes require `class_id` or `average`.
        """
        if num_classes < 2:
            raise ArgumentError(
                "class_id", f"{type(self).__name__} requires several units; expected at least 2, got {num_classes}"
            )
        if self.class_id is not None and self.class_id >= num_classes:
            message = f"out of range; expected 0 to {num_classes - 1}, got {self.class_id}"
            raise ArgumentError("class_id", message)
        if self.takes_second_class and num_classes > 2:
            message = (
                f"{type(self).__name__} over {num_classes} exclusive classes requires a class or an average; write "
                f"class_id: 0 to {num_classes - 1}, or average: {' or '.join(self.averages)}"
            )
            raise ArgumentError("class_id", message)
        self.num_classes = num_classes
        self._create(num_classes if self.average is not None else 1)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Update the state with a batch.

        Args:
            y_true: class indices of shape (n, ...), or one-hot labels of shape (n, ..., k).
            y_pred: predictions of shape (n, ..., k) for k classes; masked steps are excluded.
            sample_weight: weights of shape (n,) or (n, ...); default None.
        """
        mask = keras_mask(y_pred)
        scores = ops.convert_to_tensor(y_pred)
        if self.num_classes is None:
            self.bind(int(scores.shape[-1]))
        scores = ops.cast(scores, self.dtype)
        truth = ops.one_hot(self._indices(y_true, scores), self.num_classes, dtype=self.dtype)
        weights = self._weights(sample_weight, mask, scores)
        self._add(truth, ops.reshape(scores, (-1, self.num_classes)), weights)

    def _create(self, columns: int) -> None:
        """Create the variables for a number of classes."""
        raise NotImplementedError

    def _add(self, truth: Any, scores: Any, weights: Any) -> None:
        """Add one-hot labels (n, k), predictions (n, k) and weights (n,) or None."""
        raise NotImplementedError

    def _columns(self, values: Any) -> Any:
        """The columns (..., c) of the classes that are evaluated."""
        if self.average is not None:
            return values
        position = 1 if self.class_id is None else self.class_id
        return values[..., position : position + 1]

    def _probabilities(self, scores: Any) -> Any:
        return scores if self.activation is None else getattr(ops, self.activation)(scores)

    def _indices(self, y_true: Any, scores: Any) -> Any:
        """Class indices of shape (n,)."""
        truth = ops.convert_to_tensor(y_true)
        if len(truth.shape) == len(scores.shape) and truth.shape[-1] == self.num_classes:
            truth = ops.argmax(truth, axis=-1)
        return ops.cast(ops.reshape(truth, (-1,)), "int32")

    def _weights(self, sample_weight: Any, mask: Any, scores: Any) -> Any:
        """The weight of each sample and step, of shape (n,); None if all are equal."""
        shape = ops.shape(scores)[:-1]
        weights = None
        for factor in (sample_weight, mask):
            if factor is None:
                continue
            values = ops.cast(factor, self.dtype)
            if len(values.shape) == len(scores.shape):
                values = ops.squeeze(values, axis=-1)
            while len(values.shape) < len(shape):
                values = ops.expand_dims(values, -1)
            values = ops.reshape(ops.broadcast_to(values, shape), (-1,))
            weights = values if weights is None else weights * values
        return weights

    def _merged(self, values: Any, support: Any, counts: Any) -> Any:
        """Average the values (..., c) of the classes.

        Args:
            values: value of each class.
            support: total weight of the samples of each class.
            counts: whether each class is included in the mean.
        """
        if self.average is None:
            return values[..., 0]
        weights = support if self.average == "weighted" else ops.cast(counts, self.dtype)
        return ops.divide_no_nan(ops.sum(values * weights, axis=-1), ops.sum(weights, axis=-1))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {
            **super().get_config(),
            "class_id": self.class_id,
            "average": self.average,
            "activation": self.activation,
        }

    def as_keras(self) -> Any:
        """Return the Keras metric with the same arguments.

        Raises:
            ArgumentError: an argument is not supported by the Keras metric.
        """
        import inspect

        known = inspect.signature(self.counterpart).parameters
        arguments = {name: value for name, value in self.get_config().items() if name in known or value is not None}
        unknown = next((name for name in arguments if name not in known), None)
        if unknown is not None:
            message = f"requires exclusive classes, which this target does not have; remove {unknown}"
            raise ArgumentError(unknown, message)
        return self.counterpart(**arguments)
