"""The labels of mixed samples: one float32 tensor with both labels of each sample and their weights."""

from __future__ import annotations

from typing import Any, NamedTuple


class MixedLabels(NamedTuple):
    """Both labels of each sample, and the factors of their losses.

    Args:
        first: the labels of the larger weight, (n, ...).
        second: the labels of the smaller weight, (n, ...).
        first_factor: the factors of the losses of `first`, (n,).
        second_factor: the factors of the losses of `second`, (n,).

    Example:
        >>> import tensorflow as tf
        >>> packed = mixed_labels(tf.constant([3, 5]), tf.constant([0.75, 0.25]), tf.constant([1, 0]))
        >>> MixedLabels.of(packed).first.numpy(), MixedLabels.of(packed).first_factor.numpy()
        (array([3., 3.], dtype=float32), array([0.75, 0.75], dtype=float32))
    """

    first: Any
    second: Any
    first_factor: Any
    second_factor: Any

    @classmethod
    def of(cls, packed: Any) -> MixedLabels:
        """Return the parts of an output of `mixed_labels`."""
        inner = (0,) * (len(packed.shape) - 2)
        return cls(packed[:, 0], packed[:, 1], packed[(slice(None), 2, *inner)], packed[(slice(None), 3, *inner)])


def mixed_labels(labels: Any, weights: Any, permutation: Any, sample_weight: Any = None) -> Any:
    """Return the labels of mixed samples as one tensor, which Keras accepts in place of the labels.

    Args:
        labels: the labels of the samples, (n, ...), in the form that the loss expects.
        weights: float32 (n,), the weight of each sample.
        permutation: int64 (n,), the partner of each sample.
        sample_weight: float32 (n,) or (n, 1, ...), further factors of the loss of each sample; None for 1.

    Returns:
        float32 (n, 4, ...), whose parts `MixedLabels.of` returns.
    """
    import tensorflow as tf

    own = tf.cast(labels, tf.float32)
    other = tf.gather(own, permutation)
    factors = tf.ones_like(weights) if sample_weight is None else tf.reshape(sample_weight, [-1])
    own_factor, other_factor = weights * factors, (1 - weights) * tf.gather(factors, permutation)
    is_own = weights >= 0.5
    parts = [
        tf.where(_wide(is_own, own), own, other),
        tf.where(_wide(is_own, own), other, own),
        _wide(tf.where(is_own, own_factor, other_factor), own) * tf.ones_like(own),
        _wide(tf.where(is_own, other_factor, own_factor), own) * tf.ones_like(own),
    ]
    return tf.stack(parts, axis=1)


def _wide(values: Any, like: Any) -> Any:
    import tensorflow as tf

    return tf.reshape(values, [-1, *[1] * (len(like.shape) - 1)])
