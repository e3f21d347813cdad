"""The matrices that a kernel consists of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.train.initialize.orthonormal import orthonormal


@dataclass(frozen=True)
class KernelForm:
    """The matrices that a kernel consists of, each a linear map of its own inputs to its own outputs.

    Args:
        shape: the shape of the kernel, with the axis of the outputs of a grouped convolution split by group.
        matrices: the axes of `shape` that number the matrices.
        rows: the axes of the inputs.
        columns: the axes of the outputs.

    Example:
        >>> KernelForm((3, 3, 2, 8), (), (0, 1, 2), (3,)).sizes
        (1, 18, 8)
    """

    shape: tuple[int, ...]
    matrices: tuple[int, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @classmethod
    def dense(cls, shape: Sequence[int]) -> KernelForm:
        """Return the form of a kernel whose last axis is that of the outputs, as of Dense and convolutions."""
        return cls((*shape,), (), tuple(range(len(shape) - 1)), (len(shape) - 1,))

    @classmethod
    def grouped(cls, shape: Sequence[int], groups: int) -> KernelForm:
        """Return the form of the kernel of a convolution with groups, each of which has a matrix of its own."""
        last = len(shape) - 1
        split = (*shape[:-1], groups, shape[-1] // groups)
        return cls(split, (last,), tuple(range(last)), (last + 1,))

    @classmethod
    def transposed(cls, shape: Sequence[int]) -> KernelForm:
        """Return the form of the kernel of a transposed convolution, (…, outputs, inputs)."""
        last = len(shape) - 1
        return cls((*shape,), (), (last,), tuple(range(last)))

    @classmethod
    def depthwise(cls, shape: Sequence[int]) -> KernelForm:
        """Return the form of a depthwise kernel, (…, channels, multiplier), with a matrix for each channel."""
        last = len(shape) - 1
        return cls((*shape,), (last - 1,), tuple(range(last - 1)), (last,))

    @classmethod
    def einsum(cls, shape: Sequence[int], equation: str) -> KernelForm:
        """Return the form of the kernel of an einsum `inputs,kernel->outputs`.

        Args:
            shape: the shape of the kernel.
            equation: the equation, as of `keras.layers.EinsumDense`.
        """
        given, _, output = equation.replace(" ", "").partition("->")
        inputs, _, kernel = given.partition(",")
        columns = tuple(axis for axis, letter in enumerate(kernel) if letter in output and letter not in inputs)
        matrices = tuple(axis for axis, letter in enumerate(kernel) if letter in output and letter in inputs)
        rows = tuple(axis for axis in range(len(kernel)) if axis not in (*columns, *matrices))
        return cls((*shape,), matrices, rows, columns)

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The number of matrices, and the number of their rows and columns."""
        count, rows, columns = (
            math.prod(self.shape[axis] for axis in axes) for axes in (self.matrices, self.rows, self.columns)
        )
        return count, rows, columns

    def orthonormal(self, shape: Sequence[int], generator: np.random.Generator) -> npt.NDArray[Any]:
        """Return a kernel of random orthonormal matrices.

        Args:
            shape: the shape of the kernel.
            generator: draws them.
        """
        axes = (*self.matrices, *self.rows, *self.columns)
        values = orthonormal(*self.sizes, generator).reshape([self.shape[axis] for axis in axes])
        return np.transpose(values, np.argsort(axes)).reshape((*shape,))
