"""A convolution whose filters are standardized."""

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
    """A `keras.layers.Conv2D` that standardizes each filter before it convolves.

    w' = (w - mean) / sqrt(variance + epsilon), mean and variance of the weights of one filter, over its height, width
    and input channels.

    Qiao, Wang, Liu, Shen and Yuille, "Micro-Batch Training with Batch-Channel Normalization and Weight
    Standardization", arXiv:1903.10520 (2019 as "Weight Standardization"). Weights of mean 0 and deviation 1 multiply
    the deviation of the activations by the root of the number of weights, so that a normalization has to follow, such
    as `GroupNorm`. The scale of the kernel has no effect, up to epsilon.

    Standardization is in float32 also under mixed precision. The kernel that is trained, saved, regularized and
    constrained is the one before it. LoRA, which would change it too, is not supported. Like any convolution of Keras,
    it is not changed when its model is quantized.

    Args:
        filters: number of filters, at least 1.
        kernel_size: height and width of a filter, a number for both or two, at least 1.
        strides: steps down and across, a number for both or two, at least 1, default 1.
        padding: `valid` or `same`, default `valid`.
        data_format: `channels_last` or `channels_first`; default None: as Keras is configured.
        dilation_rate: distance between the weights of a filter, a number for both or two, at least 1, default 1.
        groups: parts of the channels, each with filters of its own, at least 1, default 1; divides channels and
            filters.
        activation: function of the output, default None.
        use_bias: whether a bias is added, default True.
        kernel_initializer: default `glorot_uniform`.
        bias_initializer: default zeros.
        kernel_regularizer: default None.
        bias_regularizer: default None.
        activity_regularizer: default None.
        kernel_constraint: default None.
        bias_constraint: default None.
        epsilon: added to the variance of a filter, above 0, default 1e-5.
        **kwargs: `name`, `dtype` and `trainable`, as of every Keras layer.

    Input shape:
        (n, height, width, channels), or (n, channels, height, width) with `channels_first`.

    Output shape:
        (n, new height, new width, filters), or (n, filters, new height, new width), as of `keras.layers.Conv2D`.

    Raises:
        ValueError: an argument out of its range, filters of a single weight, or LoRA.

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
            raise ValueError(f"lora_rank: {kwargs['lora_rank']} is not supported; {_WHY_NOT_LORA}")
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
        """Creates kernel and bias; refuses filters of a single weight."""
        super().build(input_shape)
        if math.prod(self.kernel.shape[:-1]) == 1:
            raise ValueError(
                f"{self.name}: filters of one weight (kernel_size 1 and one channel a group) are 0 when standardized; "
                "make kernel_size larger or groups fewer"
            )

    def add_weight(self, *arguments: Any, **kwargs: Any) -> Any:
        """Else Keras would hand over the kernel rounded to half precision, before it is standardized."""
        return super().add_weight(*arguments, **{**kwargs, "autocast": False})

    def call(self, inputs: Any) -> Any:
        """The convolution with standardized filters."""
        wide = "float64" if self.variable_dtype == "float64" else "float32"
        kernel = ops.cast(self.kernel, wide)
        # On JAX `ops.mean` of float64 is no better than float32.
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
        """Refused."""
        raise ValueError(f"{self.name}: LoRA is not supported; {_WHY_NOT_LORA}")

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
        return {**super().get_config(), "epsilon": self.epsilon}


_WHY_NOT_LORA = "the standardization would undo the scale of what it adds to the kernel: train the kernel itself"
