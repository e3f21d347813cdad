"""The parameter-free shortcut of residual networks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import keras
from annotated_types import Ge
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.layers._arguments import channel_axis, data_format_of, known_channels


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class PaddedShortcut(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Subsample positions and append channels of zeros, to match the shape of a residual branch.

    y[p, c] = x[strides p, c] for the channels c of x, and 0 for the other channels up to `filters`.

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2015, section 3.3, option A, used in all
    their CIFAR-10 networks (section 4.2). The number of positions is that of a convolution with the same stride and
    padding `same`: the size divided by the stride, rounded up. The zeros are appended as the last channels, which the
    paper does not specify. The layer has no weights.

    Args:
        filters: channels of the output, at least those of the input.
        strides: stride along each spatial axis, at least 1, default 1.
        data_format: `channels_last` or `channels_first`; default None: the Keras configuration.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        (n, ..., channels), or (n, channels, ...) with `channels_first`; at least two axes.

    Output shape:
        The input shape with `filters` channels and each spatial size divided by `strides`, rounded up. A mask is
        subsampled likewise.

    Raises:
        ValueError: an argument is out of range, or the channels of the input are unknown or more than `filters`.

    Example:
        >>> layer = PaddedShortcut(filters=3, strides=2)
        >>> layer(keras.ops.array([[[1.0], [2.0], [3.0]]]))[0].numpy().tolist()
        [[1.0, 0.0, 0.0], [3.0, 0.0, 0.0]]
    """

    @check_arguments
    def __init__(
        self,
        filters: Annotated[int, Ge(1)],
        strides: Annotated[int, Ge(1)] = 1,
        data_format: Literal["channels_last", "channels_first"] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = int(filters)
        self.strides = int(strides)
        self.data_format = data_format_of(data_format)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Check that the number of channels is known and at most `filters`."""
        channels = known_channels(self, input_shape)
        if channels > self.filters:
            raise ValueError(
                f"filters: the layer cannot remove channels; expected at least {channels}, the channels of the input "
                f"{tuple(input_shape)}, got {self.filters}"
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Subsample the positions and append channels of zeros."""
        rank = len(inputs.shape)
        axis = channel_axis(self.data_format, rank)
        slices = [slice(None, None, self.strides)] * rank
        slices[0] = slices[axis] = slice(None)
        margins = [(0, 0)] * rank
        margins[axis] = (0, self.filters - inputs.shape[axis])
        return ops.pad(ops.cast(inputs[tuple(slices)], self.compute_dtype), margins)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the mask of the remaining positions."""
        if previous_mask is None:
            return None
        slices = [slice(None)] + [slice(None, None, self.strides)] * (len(previous_mask.shape) - 1)
        return previous_mask[tuple(slices)]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input shape with the spatial sizes divided by the stride and `filters` channels."""
        axis = channel_axis(self.data_format, len(input_shape))
        shape = [None if size is None else -(-size // self.strides) for size in input_shape]
        shape[0] = input_shape[0]
        shape[axis] = self.filters
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = ("filters", "strides", "data_format")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
