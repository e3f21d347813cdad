"""Normalization within each sample, over groups of channels."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import keras
from annotated_types import Ge, Gt
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.layers._arguments import Shape, channel_axis, wide_dtype
from kpipe.layers._grouped_normalization import GroupedNormalization

#: Most groups that `auto` makes: the default of the paper.
_MOST_GROUPS = 32
#: One in this many positions determines the shift of the statistics.
_PART = 16


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class GroupNorm(GroupedNormalization):  # type: ignore[misc,unused-ignore]
    """Normalizes each sample by the mean and variance of each group of its channels.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta, mean and variance over all positions and the channels of
    one group of one sample, gamma and beta of each channel.

    Wu and He, "Group Normalization", ECCV 2018, section 3, arXiv:1803.08494. Channels next to each other are one
    group. The result does not depend on the other samples of the batch, and is the same in training and inference.

    Statistics are taken in float32 also under mixed precision, of values from which a first estimate of their mean is
    subtracted. So the normalized value is accurate to 1e-5 where the mean is a thousand times the deviation, at which
    `keras.layers.GroupNormalization` is off by more than 1e-4. On TensorFlow's CPU kernels it needs about half the time
    of that layer with several channels a group, and nearly the same with one: `python tests/benchmarks/group_norm.py`
    measures both.

    A mask is passed on and has no effect: statistics are over all positions, also padding, as in
    `keras.layers.GroupNormalization`.

    Args:
        groups: number of groups, at least 1; it divides the channels. 1 is layer normalization over positions and
            channels, as many as there are channels is instance normalization. Default `auto`: the largest divisor of
            the channels up to 32.
        epsilon: added to the variance, above 0, default 1e-5.
        center: whether beta is added, default True.
        scale: whether gamma multiplies, default True.
        beta_initializer: default zeros.
        gamma_initializer: default ones.
        beta_regularizer: default None.
        gamma_regularizer: default None.
        beta_constraint: default None.
        gamma_constraint: default None.
        data_format: `channels_last` or `channels_first`; default None: as Keras is configured.
        **kwargs: `name`, `dtype` and `trainable`, as of every Keras layer.

    Input shape:
        (n, ..., channels), or (n, channels, ...) with `channels_first`; at least two axes.

    Output shape:
        As the input.

    Raises:
        ValueError: an argument out of its range, an input without channels, or groups that do not divide them.

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
        """Counts the groups and creates gamma and beta."""
        channels = self._build_affine(input_shape)
        self._groups = self._divisor("groups", channels, _MOST_GROUPS, "{} groups")
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The formula, on inputs of three axes."""
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
        """FLOPs of one sample: 0, since a normalization costs a few operations an element."""
        return 0

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
        return {**super().get_config(), "groups": self.groups}


# The gradients are written down: they need two sums, of u and of u d, where the derived ones read the tensor some three
# times more often. With u the upstream gradient and x' the normalized value, the gradient of x is
# (gamma u - E[gamma u] - x' E[gamma u x']) / deviation.


def _with_positions(members: tuple[int, int], positions: Any, rows: Any, last: bool, wide: str, epsilon: float) -> Any:
    """The function of (n, positions, channels), or (n, channels, positions) if not `last`, gamma and beta."""
    groups, width = members
    axis = 1 if last else 2
    per_channel = (-1, 1, groups * width) if last else (-1, groups * width, 1)

    def total(tensor: Any) -> Any:
        # By channel first: TensorFlow sums over two axes that are apart several times slower. Row by row, because it
        # adds one after the other: small values are lost once the sum is large.
        if last:
            tensor = ops.sum(ops.reshape(tensor, (-1, positions // rows, groups * width)), axis=1)
            tensor = ops.reshape(tensor, (-1, rows, groups * width))
        return ops.reshape(ops.sum(tensor, axis=axis), (-1, *members))

    def spread(tensor: Any) -> Any:
        return ops.reshape(tensor + ops.zeros((1, *members), wide), per_channel)

    def function(values: Any, gamma: Any, beta: Any) -> Any:
        gamma = ops.reshape(gamma, members)
        # E[d^2] - E[d]^2 loses digits where the mean of d is many deviations. The mean of a sixteenth of the values
        # is within sqrt(15) deviations of the mean of all, regardless of their values; in the middle it is mostly
        # nearer than at the border, where padding is. The result does not depend on it.
        some = (positions + _PART - 1) // _PART
        first = (positions - some) // 2
        sample = values[:, first : first + some] if last else values[:, :, first : first + some]
        shift = ops.mean(ops.reshape(ops.mean(sample, axis=axis), (-1, *members)), axis=2, keepdims=True)
        shifted = values - ops.stop_gradient(spread(shift))
        count = ops.cast(positions * width, wide)
        mean = ops.sum(total(shifted), axis=2, keepdims=True) / count
        square = ops.sum(total(ops.square(shifted)), axis=2, keepdims=True) / count
        inverse = ops.rsqrt(ops.maximum(square - ops.square(mean), 0.0) + epsilon)
        factor = inverse * gamma
        # Factor and offset apply to the shifted values: on the values themselves they cancel.
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
    """The function of (n, groups, channels of a group), gamma and beta."""

    def average(tensor: Any) -> Any:
        # On JAX `ops.mean` of float64 is no better than float32.
        return ops.sum(tensor, axis=2, keepdims=True) / members[1]

    def function(values: Any, gamma: Any, beta: Any) -> Any:
        gamma = ops.reshape(gamma, members)
        centered = values - ops.stop_gradient(average(values))
        # Once more: the first mean is rounded, at a thousand deviations to some 1e-4 of one.
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
