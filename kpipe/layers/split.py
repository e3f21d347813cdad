"""A layer that divides an axis into several tensors."""

from __future__ import annotations

from itertools import accumulate
from typing import Annotated, Any

import keras
from annotated_types import Ge
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.errors import ArgumentError
from kpipe.layers._arguments import Shape, sample_axis, sized_axis


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class Split(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Divide an axis into parts, and return each part as a tensor.

    In a spec, `Split: {parts: 2, name: halves}` has the outputs `halves.0` and `halves.1`. Integers remain integers.

    Args:
        parts: number of parts of equal size, at least 2; instead of `sizes`.
        sizes: the size of each part, whose sum is the size of the axis; instead of `parts`.
        axis: the axis, default -1; 0 is that of the samples.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        Any shape with at least two axes, with a known size of the axis.

    Output shape:
        A list of shapes: the input shape with the size of each part.

    Raises:
        ArgumentError: not exactly one of `parts` and `sizes` is given, or the axis is 0.
        ValueError: the size of the axis is unknown, is not a multiple of `parts`, or not the sum of `sizes`.

    Example:
        >>> [part.numpy().tolist() for part in Split(sizes=[1, 2])(keras.ops.array([[1.0, 2.0, 3.0]]))]
        [[[1.0]], [[2.0, 3.0]]]
    """

    @check_arguments
    def __init__(
        self,
        parts: Annotated[int, Ge(2)] | None = None,
        sizes: list[Annotated[int, Ge(1)]] | None = None,
        axis: int = -1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if (parts is None) == (not sizes):
            raise ArgumentError("parts", "write either parts, such as 2, or sizes, such as [3, 5]")
        if axis == 0:
            raise ArgumentError("axis", "axis 0 is that of the samples; expected another axis, got 0")
        self.parts = parts
        self.sizes = list(sizes) if sizes is not None else None
        self.axis = int(axis)

    def build(self, input_shape: Shape) -> None:
        """Check that the axis can be divided."""
        self._sizes(input_shape)
        self.built = True

    def call(self, inputs: Any) -> list[Any]:
        """Return the parts."""
        kind = keras.backend.standardize_dtype(inputs.dtype)
        inputs = inputs if "int" in kind or kind == "bool" else ops.cast(inputs, self.compute_dtype)
        ends = list(accumulate(self._sizes(inputs.shape)))
        return list(ops.split(inputs, ends[:-1], axis=sample_axis(self, self.axis, len(inputs.shape))))

    def compute_output_spec(self, inputs: Any) -> list[Any]:
        """Return the shape of each part, with the data type of integers or that of the layer."""
        kind = keras.backend.standardize_dtype(inputs.dtype)
        dtype = kind if "int" in kind or kind == "bool" else self.compute_dtype
        return [keras.KerasTensor(shape, dtype) for shape in self.compute_output_shape(inputs.shape)]

    def compute_output_shape(self, input_shape: Shape) -> list[Shape]:
        """Return the input shape with the size of each part."""
        axis = sample_axis(self, self.axis, len(input_shape))
        return [(*input_shape[:axis], size, *input_shape[axis + 1 :]) for size in self._sizes(input_shape)]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "parts": self.parts, "sizes": self.sizes, "axis": self.axis}

    def _sizes(self, shape: Shape) -> list[int]:
        """The size of each part of an axis."""
        size = sized_axis(self, self.axis, shape[sample_axis(self, self.axis, len(shape))])
        if self.sizes is not None:
            if sum(self.sizes) != size:
                got = f"{' + '.join(map(str, self.sizes))} = {sum(self.sizes)}"
                raise ValueError(
                    f"{self.name}: sizes do not add up to the size of the axis; expected {size}, got {got}"
                )
            return self.sizes
        parts = self.parts or 1
        if size % parts:
            raise ValueError(
                f"{self.name}: an axis of size {size} cannot be divided into {parts} equal parts; use sizes"
            )
        return [size // parts] * parts
