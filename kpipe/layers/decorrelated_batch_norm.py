"""Batch normalization that also removes the correlation between channels."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import keras
from annotated_types import Ge, Gt, Interval
from keras import ops

from kpipe.components.argument_check import check_arguments
from kpipe.keras_internals import in_stateless_scope
from kpipe.layers._arguments import Shape, wide_dtype
from kpipe.layers._grouped_normalization import GroupedNormalization
from kpipe.layers._seeds import replica_number

#: Maximum number of channels per group for `auto`.
_MAX_CHANNELS = 16


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class DecorrelatedBatchNorm(GroupedNormalization):  # type: ignore[misc,unused-ignore]
    """Whiten groups of channels with the mean and covariance of the batch.

    y = gamma W (x - mean) + beta, where W = (covariance + epsilon I)^(-1/2) is the symmetric root (ZCA) of each group
    of channels. The moments are computed over the batch and all positions; gamma and beta have one value per channel.

    Huang, Yang, Lang and Deng, "Decorrelated Batch Normalization", CVPR 2018, section 3, arXiv:1804.08450. Groups
    consist of consecutive channels; groups of one channel result in batch normalization. In training the covariance of
    each group of the output is the identity, up to epsilon. If a channel has fewer values than the group has channels,
    the covariance is singular and only epsilon bounds W. Inference uses moving averages of the mean and of W, as in the
    paper; the average of W differs from W of the average covariance.

    W is computed by an eigendecomposition. Its gradient is that of the matrix function, which remains finite for equal
    eigenvalues, unlike the gradient of the eigenvectors. Statistics are computed in float32 even with mixed precision;
    GPUs that round the factors of products to TensorFloat-32 whiten to three digits. With `trainable=False` the layer
    is in inference mode, like `keras.layers.BatchNormalization`. Masked steps are excluded from the statistics, and the
    mask is passed on.

    A batch with activations that are not finite, or whose covariance overflows, results in NaN in the affected groups
    and does not update any moving average, on all replicas.

    Args:
        group_size: channels per group, at least 1, a divisor of the channels. Default `auto`: the largest divisor of
            the channels up to 16.
        momentum: momentum of the moving averages, from 0 to 1, default 0.99; 1 minus the momentum of the paper.
        epsilon: constant added to the eigenvalues of the covariance, above 0, default 1e-3 as in
            `keras.layers.BatchNormalization`.
        center: whether to add beta, default True.
        scale: whether to multiply by gamma, default True.
        beta_initializer: default zeros.
        gamma_initializer: default ones.
        beta_regularizer: default None.
        gamma_regularizer: default None.
        beta_constraint: default None.
        gamma_constraint: default None.
        synchronized: whether to compute the moments over all replicas of a `tf.distribute` strategy, only on the
            TensorFlow backend. Default False: each replica whitens its own part of the batch.
        data_format: `channels_last` or `channels_first`; default None: the Keras configuration.
        **kwargs: `name`, `dtype` and `trainable`; see `keras.layers.Layer`.

    Input shape:
        (n, ..., channels), or (n, channels, ...) with `channels_first`; at least two axes.

    Output shape:
        The input shape.

    Raises:
        ValueError: an argument is out of range, the number of channels is unknown or not a multiple of the group size,
            or the mask does not match the input.

    Example:
        >>> layer = DecorrelatedBatchNorm(group_size=2, epsilon=1e-9)
        >>> x = keras.ops.array([[2.0, 2.0], [-2.0, -2.0], [1.0, -1.0], [-1.0, 1.0]])
        >>> [[round(float(y), 2) + 0.0 for y in row] for row in layer(x, training=True)]
        [[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]
    """

    @check_arguments
    def __init__(
        self,
        group_size: Annotated[int, Ge(1)] | Literal["auto"] = "auto",
        momentum: Annotated[float, Interval(ge=0, le=1)] = 0.99,
        epsilon: Annotated[float, Gt(0)] = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        synchronized: bool = False,
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
        if synchronized and keras.backend.backend() != "tensorflow":
            raise ValueError(
                f"synchronized: requires the TensorFlow backend; expected False on {keras.backend.backend()}, got True"
            )
        self.group_size = group_size if group_size == "auto" else int(group_size)
        self.momentum = momentum
        self.synchronized = synchronized

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create gamma, beta and the moving averages."""
        channels = self._build_affine(input_shape)
        size = self._divisor("group_size", channels, _MAX_CHANNELS)
        self._group_shape = (channels // size, size)
        self.moving_mean = self.add_weight(
            shape=(channels,),
            name="moving_mean",
            initializer="zeros",
            trainable=False,
            autocast=False,
            aggregation="mean",
        )
        self.moving_whitening = self.add_weight(
            shape=(*self._group_shape, size),
            name="moving_whitening",
            initializer=_identities,
            trainable=False,
            autocast=False,
            aggregation="mean",
        )
        self.built = True

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        """Whiten the inputs with the moments of the batch in training, and with moving averages otherwise."""
        wide = wide_dtype(self, inputs)
        shape = ops.shape(inputs)
        last = self.data_format == "channels_last"
        positions = math.prod(shape[1:-1] if last else shape[2:])
        flat = (-1, positions, *self._group_shape) if last else (-1, *self._group_shape, positions)
        per_channel = (1, 1, *self._group_shape) if last else (1, *self._group_shape, 1)
        values = ops.reshape(ops.cast(inputs, wide), flat)
        moving_mean = ops.cast(self.moving_mean, wide)
        moving_whitening = ops.cast(self.moving_whitening, wide)
        if training and self.trainable:
            weights = None if mask is None else self._weights(mask, shape, wide, last)
            shift, rest, whitening = self._statistics(values, weights, per_channel, last)
            mean = ops.reshape(shift + rest, moving_mean.shape)
            is_finite = self._on_all_replicas(ops.all(ops.isfinite(mean)) & ops.all(ops.isfinite(whitening)))
            for moving, old, new in (
                (self.moving_mean, moving_mean, mean),
                (self.moving_whitening, moving_whitening, whitening),
            ):
                average = old * self.momentum + new * (1 - self.momentum)
                moving.assign(ops.cast(ops.where(is_finite, average, old), moving.dtype))
        else:
            shift, rest, whitening = ops.reshape(moving_mean, per_channel), None, moving_whitening
        if self.gamma is not None:
            whitening = whitening * ops.reshape(
                ops.cast(self.gamma, wide), (self._group_shape[0], 1, self._group_shape[1])
            )
        product = "npgk,gkl->npgl" if last else "ngkp,gkl->nglp"
        outputs = ops.einsum(product, values - shift, whitening)
        if rest is not None:
            outputs = outputs - ops.einsum(product, rest, whitening)
        if self.beta is not None:
            outputs = outputs + ops.reshape(ops.cast(self.beta, wide), per_channel)
        return ops.cast(ops.reshape(outputs, shape), self.compute_dtype)

    def flops(self, input_shape: Shape, output_shape: Shape) -> int:
        """FLOPs of the whitening of one sample: 2 · outputs · channels per group."""
        return 2 * math.prod(size or 1 for size in output_shape[1:]) * self._group_shape[1]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = {name: getattr(self, name) for name in ("group_size", "momentum", "synchronized")}
        return {**super().get_config(), **own}

    def _statistics(self, values: Any, weights: Any, per_channel: tuple[int, ...], last: bool) -> tuple[Any, Any, Any]:
        """The mean, as the sum of a rounded value and a remainder, and the whitening matrices."""
        axes = (0, 1) if last else (0, 3)
        ones = ops.ones_like(values[:, :, :1, :1] if last else values[:, :1, :1]) if weights is None else weights
        count, total = self._of_all_replicas(
            ops.sum(ones), ops.sum(values if weights is None else values * weights, axis=axes)
        )
        # Avoids a division by 0 for a batch without any unmasked step.
        count = ops.maximum(count, 1.0)
        # The mean of a single pass has a rounding error of about 1e-4 deviations if it is a thousand deviations; the
        # remainder is computed from the differences, which also propagate the gradient.
        shift = ops.stop_gradient(ops.reshape(total / count, per_channel))
        centered = values - shift if weights is None else (values - shift) * weights
        product = "npgk,npgl->gkl" if last else "ngkp,nglp->gkl"
        rest, square = self._of_all_replicas(
            ops.sum(centered, axis=axes), ops.einsum(product, centered, values - shift if weights is None else centered)
        )
        rest = rest / count
        covariance = square / count - ops.expand_dims(rest, 2) * ops.expand_dims(rest, 1)
        return shift, ops.reshape(rest, per_channel), _inverse_root(covariance, self.epsilon)

    def _of_all_replicas(self, *sums: Any) -> tuple[Any, ...]:
        if not self.synchronized:
            return sums
        import tensorflow as tf

        context = tf.distribute.get_replica_context()
        if context is None:
            return sums
        return tuple(context.all_reduce(tf.distribute.ReduceOp.SUM, value) for value in sums)

    def _on_all_replicas(self, condition: Any) -> Any:
        """Whether a condition is true on every replica, since the moving averages of all replicas are averaged."""
        if replica_number() is None or in_stateless_scope():
            return condition
        import tensorflow as tf

        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.SUM, 1.0 - ops.cast(condition, "float32")) == 0

    def _weights(self, mask: Any, shape: Any, wide: str, last: bool) -> Any:
        """The weights of positions: 0 for masked positions, else 1."""
        if len(mask.shape) != len(shape) - 1:
            raise ValueError(
                f"{self.name}: the mask does not match an input of {len(shape)} axes; expected {len(shape) - 1} axes, "
                f"all except the channels, got the shape {tuple(mask.shape)}"
            )
        return ops.cast(ops.reshape(mask, (shape[0], -1, 1, 1) if last else (shape[0], 1, 1, -1)), wide)


def _identities(shape: tuple[int, ...], dtype: Any = None) -> Any:
    return ops.broadcast_to(ops.eye(shape[-1], dtype=dtype), shape)


def _inverse_root(matrices: Any, epsilon: float) -> Any:
    """(A + epsilon I)^(-1/2) of positive semidefinite matrices."""

    def function(matrices: Any) -> Any:
        # TensorFlow cannot decompose matrices that are not finite; they are replaced by zeros, and the result by NaN.
        is_finite = ops.all(ops.isfinite(matrices), axis=(1, 2), keepdims=True)
        values, vectors = ops.eigh(ops.where(is_finite, matrices, ops.zeros_like(matrices)))
        # Rounding can make eigenvalues of nearly singular matrices negative, by more than epsilon if others are large.
        roots = ops.sqrt(ops.maximum(values, 0.0) + epsilon)
        transposed = ops.swapaxes(vectors, 1, 2)
        inverse = ops.where(is_finite, ops.matmul(vectors / ops.expand_dims(roots, 1), transposed), math.nan)

        def gradient(*arguments: Any, upstream: Any = None) -> Any:
            upstream = arguments[0] if upstream is None else upstream
            # Divided differences of x^(-1/2) at the eigenvalues (Daleckii and Krein), with the difference cancelled.
            across, down = ops.expand_dims(roots, 1), ops.expand_dims(roots, 2)
            differences = -1 / (across * down * (across + down))
            inner = ops.matmul(transposed, ops.matmul(upstream, vectors)) * differences
            result = ops.matmul(vectors, ops.matmul(inner, transposed))
            return ops.where(is_finite, (result + ops.swapaxes(result, 1, 2)) / 2, math.nan)

        return inverse, gradient

    return ops.custom_gradient(function)(matrices)
