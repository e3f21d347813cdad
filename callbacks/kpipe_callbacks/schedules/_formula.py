"""Evaluation of a formula on numbers, NumPy arrays and tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

#: A function from a step, counted from 0, to a value.
Schedule = Callable[[Any], Any]


def schedule(formula: Callable[[Any, Any], Any]) -> Schedule:
    """Return the schedule of a formula.

    Args:
        formula: function of the step, a floating-point array or tensor, and of the module with the operations for it:
            NumPy (in float64) or `keras.ops` (in float32).
    """

    def value(step: Any) -> Any:
        if keras.ops.is_tensor(step) or isinstance(step, keras.Variable | keras.KerasTensor):
            return formula(keras.ops.cast(step, "float32"), keras.ops)
        found = np.asarray(formula(np.asarray(step, np.float64), np))
        return float(found) if found.ndim == 0 else found

    return value
