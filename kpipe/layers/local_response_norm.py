"""Local response normalization across channels."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import keras
from annotated_types import Ge, Gt
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.layers._arguments import (
    channel_axis,
    data_format_of,
    known_channels,
    wide_dtype,
)


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class LocalResponseNorm(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Divide each activation by a function of the activations at the same position in neighboring channels.

    b_i = a_i / (bias + alpha sum_j a_j^2)^beta, with j from i - depth_radius to i + depth_radius within the channels.

    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", NIPS 2012,
    section 3.3. The defaults are the constants of the paper (k = 2, n = 5, alpha = 1e-4, beta = 0.75), which networks
    that use the layer without constants, such as GoogLeNet (Szegedy et al. 2015, figure 3), refer to. Other
    implementations differ: `tf.nn.local_response_normalization` is the same formula with the defaults
    depth_radius = 5, bias = 1, alpha = 1, beta = 0.5, nearly a division by the norm; Caffe and PyTorch divide alpha by
    n = 2 depth_radius + 1, so their alpha = 1e-4 with n = 5 corresponds to 2e-5 here.

    The sum and the power are computed in float32 even with mixed precision. The layer has no weights.

    Args:
        depth_radius: number of channels on each side, at least 0, default 2.
        bias: constant that keeps the base away from 0, above 0, default 2.
        alpha: factor of the sum, at least 0, default 1e-4.
        beta: exponent, at least 0, default 0.75.
        data_format: `channels_last` or `channels_first`; default None: the Keras configuration.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        (n, ..., channels), or (n, channels, ...) with `channels_first`; at least two axes.

    Output shape:
        The input shape.

    Raises:
        ValueError: an argument is out of range, or the number of channels is unknown.

    Example:
        >>> layer = LocalResponseNorm(depth_radius=1, bias=1.0, alpha=1.0, beta=1.0)
        >>> [round(float(b), 4) for b in layer(keras.ops.array([[1.0, 2.0, 3.0]]))[0]]
        [0.1667, 0.1333, 0.2143]
    """

    @check_arguments
    def __init__(
        self,
        depth_radius: Annotated[int, Ge(0)] = 2,
        bias: Annotated[float, Gt(0)] = 2.0,
        alpha: Annotated[float, Ge(0)] = 1e-4,
        beta: Annotated[float, Ge(0)] = 0.75,
        data_format: Literal["channels_last", "channels_first"] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.autocast = False
        self.depth_radius = int(depth_radius)
        self.bias = bias
        self.alpha = alpha
        self.beta = beta
        self.data_format = data_format_of(data_format)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Check that the number of channels is known."""
        known_channels(self, input_shape)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Normalize the inputs, with a sum of shifted squares over padded channels."""
        rank = len(inputs.shape)
        axis = channel_axis(self.data_format, rank)
        # Half precision overflows for the square of 256 and has only three digits; integers have no real powers.
        wide = wide_dtype(self, inputs)
        values = ops.cast(inputs, wide)
        margins = [(0, 0)] * rank
        margins[axis] = (self.depth_radius, self.depth_radius)
        squares = ops.pad(ops.square(values), margins)
        channels = inputs.shape[axis]
        total = _channels(squares, axis, 0, channels)
        for shift in range(1, 2 * self.depth_radius + 1):
            total = total + _channels(squares, axis, shift, channels)
        return ops.cast(values * ops.power(self.bias + self.alpha * total, -self.beta), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input shape."""
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = ("depth_radius", "bias", "alpha", "beta", "data_format")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


def _channels(tensor: Any, axis: int, first: int, count: int) -> Any:
    return tensor[tuple([slice(None)] * axis + [slice(first, first + count)])]
