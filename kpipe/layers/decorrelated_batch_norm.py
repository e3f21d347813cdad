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

#: Most channels of a group that `auto` makes.
_MOST_CHANNELS = 16


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class DecorrelatedBatchNorm(GroupedNormalization):  # type: ignore[misc,unused-ignore]
    """Whitens groups of channels by the mean and covariance of the batch.

    y = gamma W (x - mean) + beta, W = (covariance + epsilon I)^(-1/2) of each group of channels, the symmetric root
    (ZCA), moments over the batch and all positions; gamma and beta of each channel.

    Huang, Yang, Lang and Deng, "Decorrelated Batch Normalization", CVPR 2018, section 3, arXiv:1804.08450. A group of
    one channel is batch normalization. Channels next to each other are one group. In training the covariance of each
    group of the output is the identity, up to epsilon; with fewer values of a channel than the group has
    channels the covariance is singular, and epsilon alone bounds W. For inference it uses moving averages of the
    mean and of W, as in the paper; the average of W is not the W of an average covariance.

    W comes from an eigendecomposition. Its gradient is that of the matrix function, which stays finite where
    eigenvalues are equal, unlike the gradient of the eigenvectors. Statistics are taken in float32 also under mixed
    precision; GPUs that round the factors of products to TensorFloat-32 whiten to three digits. With
    `trainable=False` it is in inference mode, as `keras.layers.BatchNormalization` is. Masked steps are excluded
    from the statistics, and the mask is passed on.

    A batch with activations that are not finite, or whose covariance overflows, yields NaN in the groups that have them
    and leaves all moving averages as they are; of several replicas none moves them if one has such a part.

    Args:
        group_size: channels of a group, at least 1; it divides the channels. Default `auto`: the largest divisor of
            the channels up to 16.
        momentum: part of the moving averages that stays at each step, from 0 to 1, default 0.99. The paper's is 1 less
            this.
        epsilon: added to the eigenvalues of the covariance, above 0, default 1e-3 as in
            `keras.layers.BatchNormalization`.
        center: whether beta is added, default True.
        scale: whether gamma multiplies, default True.
        beta_initializer: default zeros.
        gamma_initializer: default ones.
        beta_regularizer: default None.
        gamma_regularizer: default None.
        beta_constraint: default None.
        gamma_constraint: default None.
        synchronized: whether the moments are those of all replicas of a `tf.distribute` strategy. Default False: each
            replica whitens its own part of the batch. Only with the TensorFlow backend.
        data_format: `channels_last` or `channels_first`; default None: as Keras is configured.
        **kwargs: `name`, `dtype` and `trainable`, as of every Keras layer.

    Input shape:
        (n, ..., channels), or (n, channels, ...) with `channels_first`; at least two axes.

    Output shape:
        As the input.

    Raises:
        ValueError: an argument out of its range, an input without channels, a group size that does not divide them,
            or a mask that does not fit the input.

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
                f"synchronized: it needs the TensorFlow backend; expected False on {keras.backend.backend()}, got True"
            )
        self.group_size = group_size if group_size == "auto" else int(group_size)
        self.momentum = momentum
        self.synchronized = synchronized

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Counts the groups and creates gamma, beta and the moving averages."""
        channels = self._build_affine(input_shape)
        size = self._divisor("group_size", channels, _MOST_CHANNELS, "groups of {} channels")
        self._members = (channels // size, size)
        self.moving_mean = self.add_weight(
            shape=(channels,),
            name="moving_mean",
            initializer="zeros",
            trainable=False,
            autocast=False,
            aggregation="mean",
        )
        self.moving_whitening = self.add_weight(
            shape=(*self._members, size),
            name="moving_whitening",
            initializer=_identities,
            trainable=False,
            autocast=False,
            aggregation="mean",
        )
        self.built = True

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        """The formula, with the moments of the batch in training and moving averages otherwise."""
        wide = wide_dtype(self, inputs)
        shape = ops.shape(inputs)
        last = self.data_format == "channels_last"
        positions = math.prod(shape[1:-1] if last else shape[2:])
        flat = (-1, positions, *self._members) if last else (-1, *self._members, positions)
        per_channel = (1, 1, *self._members) if last else (1, *self._members, 1)
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
            whitening = whitening * ops.reshape(ops.cast(self.gamma, wide), (self._members[0], 1, self._members[1]))
        product = "npgk,gkl->npgl" if last else "ngkp,gkl->nglp"
        outputs = ops.einsum(product, values - shift, whitening)
        if rest is not None:
            outputs = outputs - ops.einsum(product, rest, whitening)
        if self.beta is not None:
            outputs = outputs + ops.reshape(ops.cast(self.beta, wide), per_channel)
        return ops.cast(ops.reshape(outputs, shape), self.compute_dtype)

    def flops(self, input_shape: Shape, output_shape: Shape) -> int:
        """FLOPs of one sample, of the whitening: 2 · outputs · channels of a group."""
        return 2 * math.prod(size or 1 for size in output_shape[1:]) * self._members[1]

    def get_config(self) -> dict[str, Any]:
        """What the constructor was given."""
        own = {name: getattr(self, name) for name in ("group_size", "momentum", "synchronized")}
        return {**super().get_config(), **own}

    def _statistics(self, values: Any, weights: Any, per_channel: tuple[int, ...], last: bool) -> tuple[Any, Any, Any]:
        """The mean, as a rounded one and the rest, and the whitening matrices."""
        axes = (0, 1) if last else (0, 3)
        ones = ops.ones_like(values[:, :, :1, :1] if last else values[:, :1, :1]) if weights is None else weights
        count, total = self._of_all_replicas(
            ops.sum(ones), ops.sum(values if weights is None else values * weights, axis=axes)
        )
        # A batch without a single unmasked step has no moments; zeros keep it finite.
        count = ops.maximum(count, 1.0)
        # The mean in one pass is rounded, at a thousand deviations to some 1e-4 of one; the rest is computed from the
        # differences, which also carry the gradient.
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
        """Whether it is true on every replica, since their moving averages become one mean."""
        if replica_number() is None or in_stateless_scope():
            return condition
        import tensorflow as tf

        context = tf.distribute.get_replica_context()
        return context.all_reduce(tf.distribute.ReduceOp.SUM, 1.0 - ops.cast(condition, "float32")) == 0

    def _weights(self, mask: Any, shape: Any, wide: str, last: bool) -> Any:
        """1 where a position counts and 0 where not."""
        if len(mask.shape) != len(shape) - 1:
            raise ValueError(
                f"{self.name}: a mask does not match an input of {len(shape)} axes; expected {len(shape) - 1}, all but "
                f"the channels, got the shape {tuple(mask.shape)}"
            )
        return ops.cast(ops.reshape(mask, (shape[0], -1, 1, 1) if last else (shape[0], 1, 1, -1)), wide)


def _identities(shape: tuple[int, ...], dtype: Any = None) -> Any:
    return ops.broadcast_to(ops.eye(shape[-1], dtype=dtype), shape)


def _inverse_root(matrices: Any, epsilon: float) -> Any:
    """(A + epsilon I)^(-1/2) of positive semidefinite matrices."""

    def function(matrices: Any) -> Any:
        # TensorFlow does not decompose values that are not finite: zeros replace them, and NaN replaces the result.
        is_finite = ops.all(ops.isfinite(matrices), axis=(1, 2), keepdims=True)
        values, vectors = ops.eigh(ops.where(is_finite, matrices, ops.zeros_like(matrices)))
        # Rounding makes eigenvalues of nearly singular matrices negative, by more than epsilon where others are large.
        roots = ops.sqrt(ops.maximum(values, 0.0) + epsilon)
        transposed = ops.swapaxes(vectors, 1, 2)
        inverse = ops.where(is_finite, ops.matmul(vectors / ops.expand_dims(roots, 1), transposed), math.nan)

        def gradient(*arguments: Any, upstream: Any = None) -> Any:
            upstream = arguments[0] if upstream is None else upstream
            # Divided differences of x^(-1/2) by the eigenvalues (Daleckii and Krein), the difference cancelled.
            across, down = ops.expand_dims(roots, 1), ops.expand_dims(roots, 2)
            differences = -1 / (across * down * (across + down))
            inner = ops.matmul(transposed, ops.matmul(upstream, vectors)) * differences
            result = ops.matmul(vectors, ops.matmul(inner, transposed))
            return ops.where(is_finite, (result + ops.swapaxes(result, 1, 2)) / 2, math.nan)

        return inverse, gradient

    return ops.custom_gradient(function)(matrices)
