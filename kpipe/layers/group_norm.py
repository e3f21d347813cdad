"""Group normalization."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import keras
from annotated_types import Ge, Gt
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.layers._arguments import Shape, channel_axis, wide_dtype
from kpipe.layers._grouped_normalization import GroupedNormalization

#: Maximum number of groups for `auto`: the default of the paper.
_MAX_GROUPS = 32
#: Ratio of all positions to those from which the shift of the statistics is estimated.
_SHIFT_DIVISOR = 16


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class GroupNorm(GroupedNormalization):  # type: ignore[misc,unused-ignore]
    """Normalize each sample by the mean and variance of each group of its channels.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and variance over all positions and the channels
    of one group of one sample; gamma and beta have one value per channel.

    Wu and He, "Group Normalization", ECCV 2018, section 3, arXiv:1803.08494. Groups consist of consecutive channels.
    The result does not depend on the other samples of the batch, and is the same in training and inference.

    Statistics are computed in float32 even with mixed precision, after a first estimate of the mean is subtracted.
    Therefore the normalized value is accurate to 1e-5 if the mean is a thousand times the deviation, whereas
    `keras.layers.GroupNormalization` is off by more than 1e-4. On TensorFlow's CPU kernels it takes about half the time
    of that layer with several channels per group, and nearly the same time with one (measured by
    `python tests/benchmarks/group_norm.py`).

    A mask is passed on and has no effect: statistics include all positions, also padding, as in
    `keras.layers.GroupNormalization`.

    Args:
        groups: number of groups, at least 1, a divisor of the channels. 1 is layer normalization over positions and
            channels; one group per channel is instance normalization. Default `auto`: the largest divisor of the
            channels up to 32.
        epsilon: constant added to the variance, above 0, default 1e-5.
        center: whether to add beta, default True.
        scale: whether to multiply by gamma, default True.
        beta_initializer: default zeros.
        gamma_initializer: default ones.
        beta_regularizer: default None.
        gamma_regularizer: default None.
        beta_constraint: default None.
        gamma_constraint: default None.
        data_format: `channels_last` or `channels_first`; default None: the Keras configuration.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        (n, ..., channels), or (n, channels, ...) with `channels_first`; at least two axes.

    Output shape:
        The input shape.

    Raises:
        ValueError: an argument is out of range, or the number of channels is unknown or not a multiple of the groups.

    Example:
        >>> layer = GroupNorm(groups=2)
        >>> [round(float(y), 2) for y in layer(keras.ops.array([[1.0, 3.0, 10.0, 30.0]]))[0]]
        [-1.0, 1.0, -1.0, 1.0]
    """

    @check_arguments
    def __init__(
        self,
        groups: Annotated[int, Ge(1)] | Literal["auto"] = "auto",
        epsilon: Annotated[float, Gt(0)] = 1e-5,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        data_format: Literal["channels_last", "channels_first"] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            epsilon=epsilon,
            center=center,
            scale=scale,
            affine={
                "beta_initializer": beta_initializer,
                "gamma_initializer": gamma_initializer,
                "beta_regularizer": beta_regularizer,
                "gamma_regularizer": gamma_regularizer,
                "beta_constraint": beta_constraint,
                "gamma_constraint": gamma_constraint,
            },
            data_format=data_format,
            **kwargs,
        )
        self.groups = groups if groups == "auto" else int(groups)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create gamma and beta."""
        channels = self._build_affine(input_shape)
        self._groups = self._divisor("groups", channels, _MAX_GROUPS)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Normalize the inputs."""
        wide = wide_dtype(self, inputs)
        shape = ops.shape(inputs)
        last = self.data_format == "channels_last"
        channels = inputs.shape[channel_axis(self.data_format, len(shape))]
        positions = math.prod(shape[1:-1] if last else shape[2:])
        members = (self._groups, channels // self._groups)
        gamma = ops.ones((channels,), wide) if self.gamma is None else ops.cast(self.gamma, wide)
        beta = ops.zeros((channels,), wide) if self.beta is None else ops.cast(self.beta, wide)
        function: Any
        if isinstance(positions, int) and positions == 1:
            flat = (-1, *members)
            function = _without_positions(members, self.epsilon)
        else:
            flat = (-1, positions, channels) if last else (-1, channels, positions)
            rows = math.prod(shape[1:-2]) if last else 1
            function = _with_positions(members, positions, rows, last, wide, self.epsilon)
        outputs = function(ops.reshape(ops.cast(inputs, wide), flat), gamma, beta)
        return ops.cast(ops.reshape(outputs, shape), self.compute_dtype)

    def flops(self, input_shape: Shape, output_shape: Shape) -> int:
        """FLOPs of one sample: 0, since a normalization costs only a few operations per element."""
        return 0

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "groups": self.groups}


# Custom gradients need only two sums, of u and of u d; automatic differentiation reads the tensor about three times as
# often. With u the upstream gradient and x' the normalized value, the gradient of x is
# (gamma u - E[gamma u] - x' E[gamma u x']) / deviation.


def _with_positions(members: tuple[int, int], positions: Any, rows: Any, last: bool, wide: str, epsilon: float) -> Any:
    """The function of gamma, beta and inputs (n, positions, channels), or (n, channels, positions) if not `last`."""
    groups, width = members
    axis = 1 if last else 2
    per_channel = (-1, 1, groups * width) if last else (-1, groups * width, 1)

    def total(tensor: Any) -> Any:
        # By channel first, because TensorFlow is several times slower on two axes that are not adjacent. Row by row,
        # because it adds sequentially, which loses small values once the sum is large.
        if last:
            tensor = ops.sum(ops.reshape(tensor, (-1, positions // rows, groups * width)), axis=1)
            tensor = ops.reshape(tensor, (-1, rows, groups * width))
        return ops.reshape(ops.sum(tensor, axis=axis), (-1, *members))

    def spread(tensor: Any) -> Any:
        return ops.reshape(tensor + ops.zeros((1, *members), wide), per_channel)

    def function(values: Any, gamma: Any, beta: Any) -> Any:
        gamma = ops.reshape(gamma, members)
        # E[d^2] - E[d]^2 loses digits if the mean of d is many deviations. The mean of a sixteenth of the values is
        # within sqrt(15) deviations of the mean of all, regardless of their values; it is usually closer for values in
        # the middle than at the border, which may be padding. The result does not depend on the estimate.
        num_sampled = (positions + _SHIFT_DIVISOR - 1) // _SHIFT_DIVISOR
        first = (positions - num_sampled) // 2
        sampled = slice(first, first + num_sampled)
        sample = values[:, sampled] if last else values[:, :, sampled]
        shift = ops.mean(ops.reshape(ops.mean(sample, axis=axis), (-1, *members)), axis=2, keepdims=True)
        shifted = values - ops.stop_gradient(spread(shift))
        count = ops.cast(positions * width, wide)
        mean = ops.sum(total(shifted), axis=2, keepdims=True) / count
        square = ops.sum(total(ops.square(shifted)), axis=2, keepdims=True) / count
        inverse = ops.rsqrt(ops.maximum(square - ops.square(mean), 0.0) + epsilon)
        factor = inverse * gamma
        # Applied to the original values, factor and offset would cancel each other with a large rounding error.
        outputs = shifted * spread(factor) + spread(ops.reshape(beta, members) - mean * factor)

        def gradient(*arguments: Any, upstream: Any = None) -> tuple[Any, Any, Any]:
            upstream = arguments[0] if upstream is None else upstream
            plain = total(upstream)
            normalized = inverse * (total(upstream * shifted) - mean * plain)
            slope = -ops.square(inverse) * ops.sum(gamma * normalized, axis=2, keepdims=True) / count
            constant = -inverse * ops.sum(gamma * plain, axis=2, keepdims=True) / count - slope * mean
            of_values = upstream * spread(factor) + (shifted * spread(slope) + spread(constant))
            return of_values, _per_channel(normalized), _per_channel(plain)

        return outputs, gradient

    return ops.custom_gradient(function)


def _without_positions(members: tuple[int, int], epsilon: float) -> Any:
    """The function of gamma, beta and inputs (n, groups, channels per group)."""

    def average(tensor: Any) -> Any:
        # On JAX `ops.mean` of float64 is only as accurate as float32.
        return ops.sum(tensor, axis=2, keepdims=True) / members[1]

    def function(values: Any, gamma: Any, beta: Any) -> Any:
        gamma = ops.reshape(gamma, members)
        centered = values - ops.stop_gradient(average(values))
        # The first mean has a rounding error of about 1e-4 deviations if it is a thousand deviations.
        centered = centered - average(centered)
        inverse = ops.rsqrt(average(ops.square(centered)) + epsilon)
        normalized = centered * inverse

        def gradient(*arguments: Any, upstream: Any = None) -> tuple[Any, Any, Any]:
            upstream = arguments[0] if upstream is None else upstream
            scaled = upstream * gamma
            of_values = inverse * (scaled - average(scaled) - normalized * average(scaled * normalized))
            return of_values, _per_channel(upstream * normalized), _per_channel(upstream)

        return normalized * gamma + ops.reshape(beta, members), gradient

    return ops.custom_gradient(function)


def _per_channel(tensor: Any) -> Any:
    return ops.reshape(ops.sum(tensor, axis=0), (-1,))
