"""The shortcut without parameters of the first residual networks."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import keras
from annotated_types import Ge
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.layers._arguments import channel_axis, data_format_of, known_channels


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class PaddedShortcut(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Takes every `strides`-th position and adds channels of zeros, so that it can be added to a residual branch.

    y[p, c] = x[strides p, c] for the channels c of x, and 0 for those from there to `filters`.

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2015, section 3.3, option A, used in all
    their CIFAR-10 networks (section 4.2). A convolution of the same stride with padding `same` has as many
    positions: the size divided by the stride, rounded up. The zeros are the last channels, which the paper does not
    specify. There is nothing to train.

    Args:
        filters: channels of the output, at least those of the input.
        strides: along each axis of positions, at least 1, default 1.
        data_format: `channels_last` or `channels_first`; default None: as Keras is configured.
        **kwargs: `name`, `dtype` and `trainable`, as of every Keras layer.

    Input shape:
        (n, ..., channels), or (n, channels, ...) with `channels_first`; at least two axes.

    Output shape:
        As the input, with `filters` channels and each size of the positions divided by `strides`, rounded up. A mask
        of the positions loses the same ones.

    Raises:
        ValueError: an argument out of its range, or an input without channels or with more than `filters`.

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
        """Refuses inputs without channels, or with more of them than the output."""
        channels = known_channels(self, input_shape)
        if channels > self.filters:
            raise ValueError(
                f"filters: {self.filters} is less than the {channels} channels of the input, of shape "
                f"{tuple(input_shape)}; channels are added here, never removed"
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """A slice, then zeros."""
        rank = len(inputs.shape)
        axis = channel_axis(self.data_format, rank)
        every = [slice(None, None, self.strides)] * rank
        every[0] = every[axis] = slice(None)
        margins = [(0, 0)] * rank
        margins[axis] = (0, self.filters - inputs.shape[axis])
        return ops.pad(ops.cast(inputs[tuple(every)], self.compute_dtype), margins)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the remaining positions."""
        if previous_mask is None:
            return None
        every = [slice(None)] + [slice(None, None, self.strides)] * (len(previous_mask.shape) - 1)
        return previous_mask[tuple(every)]

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The sizes of the positions divided by the stride, rounded up, and `filters` channels."""
        axis = channel_axis(self.data_format, len(input_shape))
        shape = [None if size is None else -(-size // self.strides) for size in input_shape]
        shape[0] = input_shape[0]
        shape[axis] = self.filters
        return tuple(shape)

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
        own = ("filters", "strides", "data_format")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}
