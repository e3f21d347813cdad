"""The two-loop recursion of L-BFGS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


def inverse_hessian_product(gradient: Vector, steps: Sequence[Vector], changes: Sequence[Vector]) -> Vector:
    """Return H g, where H approximates the inverse Hessian by pairs of steps s and changes y of the gradient.

    H is the result of the BFGS updates H' = (I - r s y') H (I - r y s') + r s s' with r = 1 / y's, one for each pair,
    beginning with H0 = (s'y / y'y) I of the newest pair. It is never formed (Nocedal and Wright, "Numerical
    Optimization", 2nd ed. 2006, algorithm 7.4 and equations 7.16 and 7.20).

    Args:
        gradient: the vector g, of shape (n,).
        steps: the steps s, each of shape (n,), the oldest first; at least one.
        changes: the changes y, one for each step, with y's > 0.

    Example:
        >>> inverse_hessian_product(np.array([2.0, 4.0]), [np.array([1.0, 0.0])], [np.array([2.0, 0.0])]).tolist()
        [1.0, 2.0]
    """
    direction = gradient.copy()
    factors = [1 / (change @ step) for step, change in zip(steps, changes, strict=True)]
    weights = []
    for step, change, factor in reversed([*zip(steps, changes, factors, strict=True)]):
        weights.append(factor * (step @ direction))
        direction -= weights[-1] * change
    newest = changes[-1]
    direction *= (steps[-1] @ newest) / (newest @ newest)
    for step, change, factor, weight in zip(steps, changes, factors, reversed(weights), strict=True):
        direction += step * (weight - factor * (change @ direction))
    return direction
