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
    start = [tf.convert_to_tensor(entry) for entry in keras.tree.flatten(inputs)]
    moved = [index for index, entry in enumerate(start) if entry.dtype.is_floating]
    values = [start[index] for index in moved] + [tf.convert_to_tensor(entry.value) for entry in variables]
    factors: list[Any] = []

    def total(parts: Sequence[Any]) -> Any:
        own = list(start)
        for index, part in zip(moved, parts, strict=False):
            own[index] = part
        outputs = keras.tree.flatten(function(keras.tree.pack_sequence_as(inputs, own)))
        if not factors:
            factors.extend(tf.constant(generator.normal(size=output.shape), tf.float64) for output in outputs)
        return tf.add_n(
            [
                tf.reduce_sum(tf.cast(output, tf.float64) * factor)
                for output, factor in zip(outputs, factors, strict=True)
            ]
        )

    def assigned(parts: Sequence[Any]) -> Any:
        for variable, part in zip(variables, parts[len(moved) :], strict=True):
            variable.assign(part)
        return total(parts)

    with tf.GradientTape() as tape:
        tape.watch(values[: len(moved)])
        result = total(values)
    sources = [*values[: len(moved)], *(variable.value for variable in variables)]
    gradients = tape.gradient(result, sources, unconnected_gradients="zero")
    errors: dict[float, list[float]] = {step: [] for step in _STEPS}
    for _ in range(_DIRECTIONS):
        directions = [tf.constant(generator.normal(size=entry.shape), entry.dtype) for entry in values]
        exact = float(tf.add_n([tf.reduce_sum(g * d) for g, d in zip(gradients, directions, strict=True)]))
        for step, found in errors.items():
            ends = [
                float(assigned([value + sign * step * d for value, d in zip(values, directions, strict=True)]))
                for sign in (1, -1)
            ]
            found.append(_relative(exact, (ends[0] - ends[1]) / (2 * step)))
    assigned(values)
    return float(min(np.median(found) for found in errors.values()))


def _relative(exact: float, numeric: float) -> float:
    largest = max(abs(exact), abs(numeric))
    return abs(exact - numeric) / largest if largest > 1e-8 else 0.0
