"""The evaluations of one iteration, the last of which is remembered."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


class Evaluations:
    """The evaluations of the loss and the gradient in one iteration.

    A line search asks for both at the same point, one after the other.

    Args:
        evaluate: returns the loss and the gradient at the present weights.
        move: sets the weights to a point.

    Attributes:
        count: the number of evaluations.
    """

    def __init__(self, evaluate: Callable[[], tuple[float, Vector]], move: Callable[[Vector], None]) -> None:
        self._evaluate, self._move = evaluate, move
        self._last: tuple[Vector, float, Vector] | None = None
        self.count = 0

    def at(self, point: Vector) -> tuple[float, Vector]:
        """Return the loss and the gradient at a point, at which the weights are left."""
        if self._last is None or not np.array_equal(self._last[0], point):
            self._move(point)
            loss, gradient = self._evaluate()
            self._last = (point.copy(), float(loss), np.asarray(gradient, np.float64))
            self.count += 1
        return self._last[1:]

    def loss(self, point: Vector) -> float:
        """Return the loss, for a line search: infinite if it is not a number, so that shorter steps are tried."""
        found = self.at(point)[0]
        return found if math.isfinite(found) else math.inf

    def gradient(self, point: Vector) -> Vector:
        """Return the gradient."""
        return self.at(point)[1]
