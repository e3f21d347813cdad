"""One check for all schedule functions: that they are their formula, for all kinds of steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

#: A schedule, its formula in NumPy, written apart from it, and its largest value.
Case = tuple[Any, Callable[[np.ndarray], Any], float]


class _Inside(keras.layers.Layer):
    """Has schedules computed inside of a compiled function."""

    def __init__(self, schedules: Sequence[Any]) -> None:
        super().__init__(dtype="float32", autocast=False)
        self.schedules = schedules

    def call(self, step):
        number = keras.ops.cast(step, "int32")
        return keras.ops.stack([schedule(number) for schedule in self.schedules], axis=-1)


def compiled(schedules: Sequence[Any], steps: Any, *, jit: bool = True) -> np.ndarray:
    """The values that schedules have inside of a compiled function: one row each."""
    model = keras.Sequential([keras.Input((), dtype="int32"), _Inside(schedules)])
    model.compile(jit_compile=jit)
    return np.asarray(model.predict(np.asarray(steps, "int32"), batch_size=len(steps), verbose=0)).T


def check(*cases: Case, steps: int = 400) -> None:
    """Numbers and arrays give the formula to 1e-12, tensors to 1e-6 of the largest value, compiled or not.

    Args:
        *cases: what is compared.
        steps: at each step from 0 to this number.
    """
    numbers = np.arange(steps + 1)
    # Compilers rearrange formulas: a division by a number becomes a multiplication by its inverse.
    inside = compiled([schedule for schedule, _, _ in cases], numbers)
    for index, (schedule, formula, top) in enumerate(cases):
        expected = np.asarray(formula(numbers.astype(np.float64)))
        assert expected.shape == numbers.shape
        # Where a cosine is nearly 0 its relative error says nothing: 1e-12 of the top is enough there.
        exact = {"rtol": 1e-12, "atol": 1e-12 * top, "err_msg": f"case {index}"}
        loose = {"rtol": 0, "atol": 1e-6 * top, "err_msg": f"case {index}"}

        array = schedule(numbers)
        assert isinstance(array, np.ndarray)
        assert array.dtype == np.float64
        np.testing.assert_allclose(array, expected, **exact)

        plain = [schedule(number) for number in numbers.tolist()]
        assert {type(value) for value in plain} == {float}
        np.testing.assert_allclose(plain, expected, **exact)

        tensor = schedule(keras.ops.convert_to_tensor(numbers.astype("int32")))
        assert keras.ops.is_tensor(tensor)
        assert keras.backend.standardize_dtype(tensor.dtype) == "float32"
        np.testing.assert_allclose(keras.ops.convert_to_numpy(tensor), expected, **loose)

        assert inside[index].dtype == np.float32
        np.testing.assert_allclose(inside[index], expected, **loose)


def check_oracle(schedule: Any, oracle: Any, skip: Sequence[int] = ()) -> None:
    """A schedule is one of Keras' own to 1e-6 at each step from 0 to 299, but for those to skip."""
    steps = np.arange(300)
    values = keras.ops.map(oracle, keras.ops.convert_to_tensor(steps.astype("float32")))
    kept = ~np.isin(steps, skip)
    np.testing.assert_allclose(schedule(steps)[kept], keras.ops.convert_to_numpy(values)[kept], rtol=0, atol=1e-6)
