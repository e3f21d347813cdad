"""The error of gradients against central differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

#: The number of random directions, and the steps of the differences: the second one is for layers that compute a part
#: in float32.
_DIRECTIONS, _STEPS = 8, (1e-6, 1e-3)


def gradient_error(
    function: Callable[[Any], Any], inputs: Any, variables: Sequence[Any], generator: np.random.Generator
) -> float:
    """Return the median relative error of derivatives in random directions.

    The derivative of f = sum(r * function(inputs)) with fixed random r, in the direction d of all inputs and variables,
    is compared with (f(+h d) - f(-h d)) / 2h; the error is abs(a - n) / max(abs(a), abs(n)). A kink, as that of relu
    at 0, affects only few directions. The lowest median of h = 1e-6 and 1e-3 is returned, since rounding in float32
    hides differences of the former.

    Args:
        function: a layer, which computes in float64.
        inputs: its inputs; integers are not changed.
        variables: its trainable variables in float64.
        generator: draws the directions.

    Example:
        >>> square = keras.layers.Lambda(lambda x: x * x, dtype="float64")
        >>> generator = np.random.default_rng(0)
        >>> gradient_error(square, tf.constant([[1.0, 2.0]], tf.float64), [], generator) < 1e-6
        True
    """
    projection = _Projection(function, inputs, variables, generator)
    values, gradients = projection.values, projection.gradients()
    errors: dict[float, list[float]] = {step: [] for step in _STEPS}
    for _ in range(_DIRECTIONS):
        direction = [tf.constant(generator.normal(size=entry.shape), entry.dtype) for entry in values]
        exact = float(tf.add_n([tf.reduce_sum(g * d) for g, d in zip(gradients, direction, strict=True)]))
        for step, found in errors.items():
            ends = [projection.at(direction, sign * step) for sign in (1, -1)]
            found.append(_relative(exact, (ends[0] - ends[1]) / (2 * step)))
    projection.at(values, 0.0)
    return float(min(np.median(found) for found in errors.values()))


class _Projection:
    """f = sum(r * function(inputs)) with fixed random r, a function of all floating inputs and all variables.

    Attributes:
        values: the inputs that are not integers, and the variables.
    """

    def __init__(
        self, function: Callable[[Any], Any], inputs: Any, variables: Sequence[Any], generator: np.random.Generator
    ) -> None:
        self._function, self._structure, self._variables = function, inputs, variables
        self._generator = generator
        self._inputs = [tf.convert_to_tensor(entry) for entry in keras.tree.flatten(inputs)]
        self._moved = [index for index, entry in enumerate(self._inputs) if entry.dtype.is_floating]
        self._factors: list[Any] = []
        self.values = [self._inputs[index] for index in self._moved]
        self.values += [tf.convert_to_tensor(entry.value) for entry in variables]

    def gradients(self) -> list[Any]:
        """Return the derivatives by all values."""
        count = len(self._moved)
        with tf.GradientTape() as tape:
            tape.watch(self.values[:count])
            result = self._total(self.values[:count])
        sources = [*self.values[:count], *(variable.value for variable in self._variables)]
        return list(tape.gradient(result, sources, unconnected_gradients="zero"))

    def at(self, direction: Sequence[Any], step: float) -> float:
        """Return f after a step in a direction; the variables keep their new values."""
        moved = [value + step * part for value, part in zip(self.values, direction, strict=True)]
        count = len(self._moved)
        for variable, value in zip(self._variables, moved[count:], strict=True):
            variable.assign(value)
        return float(self._total(moved[:count]))

    def _total(self, moved: Sequence[Any]) -> Any:
        own = list(self._inputs)
        for index, value in zip(self._moved, moved, strict=True):
            own[index] = value
        outputs = keras.tree.flatten(self._function(keras.tree.pack_sequence_as(self._structure, own)))
        if not self._factors:
            self._factors = [tf.constant(self._generator.normal(size=entry.shape), tf.float64) for entry in outputs]
        products = zip(outputs, self._factors, strict=True)
        return tf.add_n([tf.reduce_sum(tf.cast(output, tf.float64) * factor) for output, factor in products])


def _relative(exact: float, numeric: float) -> float:
    largest = max(abs(exact), abs(numeric))
    return abs(exact - numeric) / largest if largest > 1e-8 else 0.0
