"""A layer that returns a part of an axis."""

from __future__ import annotations

from typing import Annotated, Any

import keras
from annotated_types import Ge
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.errors import ArgumentError
from kpipe.layers._arguments import Shape, sample_axis, sized_axis


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class Slice(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Return a part of one axis, or a single position of it.

    `Slice(start=2, stop=5)` is `x[..., 2:5]`, `Slice(start=1, axis=1)` is `x[:, 1:]`, and `Slice(index=0, axis=1)` is
    `x[:, 0]`, without that axis, such as the class token of a transformer. Integers remain integers.

    Args:
        start: first position, counted from the end if it is negative, default None: 0.
        stop: position after the last one, counted from the end if it is negative, default None: the end of the axis.
        step: distance of the positions, at least 1, default 1.
        index: a single position instead; the axis is removed.
        axis: the axis, default -1; 0 is that of the samples.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        Any shape with at least two axes. The size of the axis can be unknown if neither `start` nor `stop` is
        negative, and must be at least `stop` and more than `index`.

    Output shape:
        The input shape with the number of positions as size of the axis, or without the axis. A mask of the steps is
        kept, and sliced if the axis is 1.

    Raises:
        ArgumentError: `index` is combined with other arguments, or the axis is 0.
        ValueError: the axis has no such positions.

    Example:
        >>> Slice(start=1)(keras.ops.array([[1.0, 2.0, 3.0]])).numpy().tolist()
        [[2.0, 3.0]]
    """

    @check_arguments
    def __init__(
        self,
        start: int | None = None,
        stop: int | None = None,
        step: Annotated[int, Ge(1)] = 1,
        index: int | None = None,
        axis: int = -1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if index is not None and (start, stop, step) != (None, None, 1):
            raise ArgumentError("index", "cannot be combined with start, stop or step; write one of them")
        if axis == 0:
            raise ArgumentError("axis", "axis 0 is that of the samples; expected another axis, got 0")
        self.start, self.stop, self.step, self.index, self.axis = start, stop, int(step), index, int(axis)
        self.supports_masking = True

    def build(self, input_shape: Shape) -> None:
        """Check that the axis has the positions."""
        self._slices(input_shape)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the part."""
        output = inputs[self._slices(inputs.shape)]
        kind = keras.backend.standardize_dtype(output.dtype)
        return output if "int" in kind or kind == "bool" else ops.cast(output, self.compute_dtype)

    def compute_output_spec(self, inputs: Any) -> Any:
        """Return the shape of the part, with the data type of integers or that of the layer."""
        kind = keras.backend.standardize_dtype(inputs.dtype)
        dtype = kind if "int" in kind or kind == "bool" else self.compute_dtype
        return keras.KerasTensor(self.compute_output_shape(inputs.shape), dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the input shape with the number of positions as size of the axis, or without the axis."""
        slices, axis = self._slices(input_shape), sample_axis(self, self.axis, len(input_shape))
        shape = list(input_shape)
        if self.index is not None:
            del shape[axis]
            return tuple(shape)
        size = shape[axis]
        bounds = slices[axis]
        if size is not None:
            shape[axis] = len(range(*bounds.indices(size)))
        elif self.stop is not None:
            shape[axis] = len(range(bounds.start or 0, self.stop, self.step))
        return tuple(shape)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the mask of the remaining steps; None if no steps remain."""
        axis = sample_axis(self, self.axis, len(inputs.shape))
        if previous_mask is None or (axis == 1 and self.index is not None):
            return None
        return previous_mask if axis >= len(previous_mask.shape) else previous_mask[self._slices(inputs.shape)[:2]]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = ("start", "stop", "step", "index", "axis")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    def _slices(self, shape: Shape) -> tuple[Any, ...]:
        """The index of each axis for a tensor of a shape."""
        axis = sample_axis(self, self.axis, len(shape))
        slices: list[Any] = [slice(None)] * len(shape)
        if self.index is not None:
            slices[axis] = self._inside("index", self.index, shape[axis])
            return tuple(slices)
        for name, value in (("start", self.start), ("stop", self.stop)):
            if value is not None:
                self._inside(name, value, shape[axis], is_end=name == "stop")
        slices[axis] = slice(self.start, self.stop, self.step)
        size = shape[axis]
        if size is not None and not range(*slices[axis].indices(size)):
            raise ValueError(f"{self.name}: the part is empty; expected start before stop in an axis of size {size}")
        return tuple(slices)

    def _inside(self, name: str, value: int, size: int | None, is_end: bool = False) -> int:
        """Check that a position is inside of an axis; return it."""
        if size is None and value < 0:
            sized_axis(self, self.axis, size)
        if size is not None and not -size <= value < size + is_end:
            raise ValueError(
                f"{self.name}: {name} is outside of the axis; expected {-size} to {size - 1 + is_end}, got {value}"
            )
        return value
