"""A convolution with weight standardization."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import keras
from annotated_types import Ge, Gt
from keras import ops

from kpipe.components.argument_check import check_arguments

_Size = Annotated[int, Ge(1)] | tuple[Annotated[int, Ge(1)], Annotated[int, Ge(1)]]


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class WeightStandardizedConv2D(keras.layers.Conv2D):  # type: ignore[misc,unused-ignore]
    """A `keras.layers.Conv2D` that standardizes the weights of each filter.

    w' = (w - mean) / sqrt(variance + epsilon), with the mean and variance of the weights of one filter, over its
    height, width and input channels.

    Qiao, Wang, Liu, Shen and Yuille, "Micro-Batch Training with Batch-Channel Normalization and Weight
    Standardization", arXiv:1903.10520 (2019 as "Weight Standardization"). Weights of mean 0 and deviation 1 multiply
    the deviation of the activations by the root of the number of weights, so a normalization must follow, such as
    `GroupNorm`. The scale of the kernel has no effect, up to epsilon.

    Weights are standardized in float32 even with mixed precision. The kernel that is trained, saved, regularized and
    constrained is not standardized. LoRA is not supported. Like any Keras convolution, the layer does not change when
    its model is quantized.

    Args:
        filters: number of filters, at least 1.
        kernel_size: height and width of a filter, one number for both or two, at least 1.
        strides: vertical and horizontal stride, one number for both or two, at least 1, default 1.
        padding: `valid` or `same`, default `valid`.
        data_format: `channels_last` or `channels_first`; default None: the Keras configuration.
        dilation_rate: distance between the weights of a filter, one number for both or two, at least 1, default 1.
        groups: number of groups of channels with separate filters, at least 1, default 1; it divides the channels and
            the filters.
        activation: activation of the output, default None.
        use_bias: whether to add a bias, default True.
        kernel_initializer: default `glorot_uniform`.
        bias_initializer: default zeros.
        kernel_regularizer: default None.
        bias_regularizer: default None.
        activity_regularizer: default None.
        kernel_constraint: default None.
        bias_constraint: default None.
        epsilon: constant added to the variance of a filter, above 0, default 1e-5.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        (n, height, width, channels), or (n, channels, height, width) with `channels_first`.

    Output shape:
        (n, new height, new width, filters), or (n, filters, new height, new width), as in `keras.layers.Conv2D`.

    Raises:
        ValueError: an argument is out of range, a filter has a single weight, or LoRA is enabled.

    Example:
        >>> layer = WeightStandardizedConv2D(filters=8, kernel_size=3, padding="same")
        >>> tuple(layer(keras.ops.ones((1, 6, 6, 3))).shape)
        (1, 6, 6, 8)
    """

    @check_arguments
    def __init__(
        self,
        filters: Annotated[int, Ge(1)],
        kernel_size: _Size,
        strides: _Size = (1, 1),
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last", "channels_first"] | None = None,
        dilation_rate: _Size = (1, 1),
        groups: Annotated[int, Ge(1)] = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        epsilon: Annotated[float, Gt(0)] = 1e-5,
        **kwargs: Any,
    ) -> None:
        if kwargs.get("lora_rank") is not None:
            raise ValueError(f"lora_rank: not supported; expected None, got {kwargs['lora_rank']}; {_LORA_REMEDY}")
        super().__init__(
            filters,
            kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            groups=groups,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )
        self.epsilon = epsilon

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the kernel and the bias, and check that a filter has several weights."""
        super().build(input_shape)
        if math.prod(self.kernel.shape[:-1]) == 1:
            raise ValueError(
                f"{self.name}: filters of a single weight (kernel_size 1 and one channel per group) are 0 when "
                "standardized; increase kernel_size or reduce groups"
            )

    def add_weight(self, *arguments: Any, **kwargs: Any) -> Any:
        """Add a weight without autocast, which would round the kernel to half precision before standardization."""
        return super().add_weight(*arguments, **{**kwargs, "autocast": False})

    def call(self, inputs: Any) -> Any:
        """Convolve the inputs with standardized filters."""
        wide = "float64" if self.variable_dtype == "float64" else "float32"
        kernel = ops.cast(self.kernel, wide)
        # On JAX `ops.mean` of float64 is only as accurate as float32.
        count = math.prod(self.kernel.shape[:-1])
        kernel = kernel - ops.sum(kernel, axis=(0, 1, 2), keepdims=True) / count
        variance = ops.sum(ops.square(kernel), axis=(0, 1, 2), keepdims=True) / count
        kernel = kernel * ops.rsqrt(variance + self.epsilon)
        outputs = self.convolution_op(ops.cast(inputs, self.compute_dtype), ops.cast(kernel, self.compute_dtype))
        if self.use_bias:
            shape = (1, 1, 1, -1) if self.data_format == "channels_last" else (1, -1, 1, 1)
            outputs = outputs + ops.reshape(ops.cast(self.bias, self.compute_dtype), shape)
        return outputs if self.activation is None else self.activation(outputs)

    def enable_lora(self, *arguments: Any, **kwargs: Any) -> None:
        """Raise an error: LoRA is not supported."""
        raise ValueError(f"{self.name}: LoRA is not supported; {_LORA_REMEDY}")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "epsilon": self.epsilon}


_LORA_REMEDY = "train the kernel itself, because the standardization would undo the scale of the LoRA update"
