"""Squeeze-and-excitation of channels."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import keras
from annotated_types import Ge
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.components.metadata import KerasArgument
from kpipe.layers._arguments import Shape, channel_axis, data_format_of, known_channels, wide_dtype


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class SqueezeExcite(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Multiply each channel by a gate that a small network computes from the means of all channels.

    y = x sigmoid(W2 relu(W1 z + b1) + b2), where z is the mean of each channel over all positions, and W1 has
    channels // ratio rows.

    Hu, Shen and Sun, "Squeeze-and-Excitation Networks", CVPR 2018, section 3, arXiv:1709.01507, including the defaults.
    The means and the gate are computed in float32 even with mixed precision.

    Masked steps are excluded from the means, so padding does not affect a gate. A sample without an unmasked step
    has means of 0. The mask is passed on.

    Args:
        ratio: channels divided by the units of the first dense layer, rounded down, at least 1 and at most the number
            of channels, default 16.
        squeeze_activation: activation of the first dense layer, default `relu`.
        excite_activation: activation of the second dense layer, the gate, default `sigmoid`.
        kernel_initializer: initializer of both kernels, default `glorot_uniform`.
        bias_initializer: initializer of both biases, default zeros.
        use_bias: whether both dense layers have a bias, default True.
        kernel_regularizer: regularizer of both kernels, default None.
        data_format: `channels_last` or `channels_first`; default None: the Keras configuration.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        (n, ..., channels), or (n, channels, ...) with `channels_first`; three to five axes.

    Output shape:
        The input shape.

    Raises:
        ValueError: an argument is out of range, the input has no positions or an unknown number of channels, the ratio
            is larger than the number of channels, or the mask does not match the input.

    Example:
        >>> layer = SqueezeExcite(ratio=4, kernel_initializer="zeros")
        >>> [float(y) for y in layer(keras.ops.ones((1, 2, 2, 4)))[0, 0, 0]]
        [0.5, 0.5, 0.5, 0.5]
    """

    @check_arguments
    def __init__(
        self,
        ratio: Annotated[int, Ge(1)] = 16,
        squeeze_activation: Annotated[Any, KerasArgument("activation")] = "relu",
        excite_activation: Annotated[Any, KerasArgument("activation")] = "sigmoid",
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        use_bias: bool = True,
        kernel_regularizer: Any = None,
        data_format: Literal["channels_last", "channels_first"] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.autocast = False
        self.ratio = int(ratio)
        self.squeeze_activation = keras.activations.get(squeeze_activation)
        self.excite_activation = keras.activations.get(excite_activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.use_bias = use_bias
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.data_format = data_format_of(data_format)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create both dense layers."""
        rank = len(input_shape)
        axis = channel_axis(self.data_format, rank)
        channels = input_shape[axis] if 3 <= rank <= 5 else None
        if channels is None:
            raise ValueError(
                f"{self.name}: the input has no positions, or an unknown number of channels; expected three to five "
                "axes, (n, ..., channels), or (n, channels, ...) with channels_first, got "
                f"{tuple(input_shape)} with {self.data_format}"
            )
        if self.ratio > channels:
            raise ValueError(
                f"{self.name}: ratio is larger than the number of channels; expected at most {channels}, got "
                f"{self.ratio}"
            )
        self.input_spec = keras.layers.InputSpec(ndim=rank, axes={axis: channels})
        self.squeeze = self._dense("squeeze", channels // self.ratio, self.squeeze_activation)
        self.squeeze.build((None, channels))
        self.excite = self._dense("excite", channels, self.excite_activation)
        self.excite.build((None, channels // self.ratio))
        self.built = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Scale the channels of the inputs."""
        wide = wide_dtype(self, inputs)
        rank = len(inputs.shape)
        axis = channel_axis(self.data_format, rank)
        axes = tuple(entry for entry in range(1, rank) if entry != axis)
        values = ops.cast(inputs, wide)
        if mask is None:
            # On JAX `ops.mean` of float64 is only as accurate as float32.
            shape = ops.shape(inputs)
            means = ops.sum(values, axis=axes) / ops.cast(math.prod(shape[entry] for entry in axes), wide)
        else:
            one_channel = values[..., :1] if axis == rank - 1 else values[:, :1]
            weights = ops.cast(self._weights(mask, rank, axis), wide) * ops.ones_like(one_channel)
            means = ops.sum(values * weights, axis=axes) / ops.maximum(ops.sum(weights, axis=axes), 1.0)
        gate = self.excite(self.squeeze(means))
        per_channel = [-1, *(inputs.shape[axis] if entry == axis else 1 for entry in range(1, rank))]
        # The gate may scale values that overflow in half precision back into its range.
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        product = dtype if dtype == self.compute_dtype else wide
        outputs = ops.cast(inputs, product) * ops.cast(ops.reshape(gate, per_channel), product)
        return ops.cast(outputs, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input shape."""
        return tuple(input_shape)

    def flops(self, input_shape: Shape, output_shape: Shape) -> int:
        """FLOPs of both dense layers for one sample: 2 · 2 · channels · (channels // ratio)."""
        channels = known_channels(self, input_shape)
        return 2 * 2 * channels * (channels // self.ratio)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {
            **super().get_config(),
            "ratio": self.ratio,
            "squeeze_activation": keras.activations.serialize(self.squeeze_activation),
            "excite_activation": keras.activations.serialize(self.excite_activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "use_bias": self.use_bias,
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "data_format": self.data_format,
        }

    def _dense(self, name: str, units: int, activation: Any) -> Any:
        return keras.layers.Dense(
            units,
            activation=activation,
            use_bias=self.use_bias,
            kernel_initializer=_cloned(self.kernel_initializer),
            bias_initializer=_cloned(self.bias_initializer),
            kernel_regularizer=self.kernel_regularizer,
            dtype=self.dtype_policy,
            # The means may exceed the range of half precision.
            autocast=False,
            name=name,
        )

    def _weights(self, mask: Any, rank: int, axis: int) -> Any:
        """The mask with the axes of the input, with missing axes appended."""
        if not 2 <= len(mask.shape) < rank:
            axes = "2" if rank == 3 else f"2 to {rank - 1}"
            raise ValueError(
                f"{self.name}: the mask does not match an input of {rank} axes; expected {axes} axes, for the "
                f"samples and positions but not the channels, got the shape {tuple(mask.shape)}"
            )
        if axis == 1:
            mask = ops.expand_dims(mask, 1)
        while len(mask.shape) < rank:
            mask = ops.expand_dims(mask, -1)
        return mask


def _cloned(initializer: Any) -> Any:
    """Return a copy of an initializer, since two variables with the same object would get the same values."""
    return initializer.clone() if isinstance(initializer, keras.initializers.Initializer) else initializer
