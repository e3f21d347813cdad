"""Some variables as one vector."""

from __future__ import annotations

import math
from collections.abc import Sequence

import keras
import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


class FlatWeights:
    """Some variables as one vector, one after the other.

    Args:
        variables: the variables, with known shapes.
    """

    def __init__(self, variables: Sequence[keras.Variable]) -> None:
        self._variables = tuple(variables)
        self.size = sum(math.prod(variable.shape) for variable in variables)

    def read(self) -> Vector:
        """Return the values, an array (size,)."""
        values = [np.asarray(keras.ops.convert_to_numpy(entry), np.float64).reshape(-1) for entry in self._variables]
        return np.concatenate([np.zeros(0), *values])

    def write(self, point: Vector) -> None:
        """Set the variables to the values of a vector, as far as their types represent them."""
        first = 0
        for variable in self._variables:
            size = math.prod(variable.shape)
            variable.assign(point[first : first + size].reshape(variable.shape))
            first += size
