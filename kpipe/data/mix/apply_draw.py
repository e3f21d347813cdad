"""Application of a draw to one input of a batch."""

from __future__ import annotations

from typing import Any


def apply_draw(x: Any, weights: Any, permutation: Any, boxes: Any, cuts: Any) -> Any:
    """Return the mixed samples of one input as a float32 tensor.

    Args:
        x: a tensor with the samples of an input, (n, ...); images are (n, height, width, channels) of known size.
        weights: float32 (n,), as in `MixDraw`.
        permutation: int64 (n,), as in `MixDraw`.
        boxes: int64 (n, 4), as in `MixDraw`; not used without cuts.
        cuts: whether boxes are replaced, a bool or a scalar tensor.

    Example:
        >>> import tensorflow as tf
        >>> apply_draw(tf.constant([[0.0], [8.0]]), tf.constant([0.75, 0.5]), [1, 0], None, False).numpy().ravel()
        array([2., 4.], dtype=float32)
    """
    import tensorflow as tf

    other = tf.gather(x, permutation)

    def blended() -> Any:
        factors = tf.reshape(weights, [-1, *[1] * (len(x.shape) - 1)])
        return factors * tf.cast(x, tf.float32) + (1 - factors) * tf.cast(other, tf.float32)

    def cut() -> Any:
        # Without an axis of channels, along which TensorFlow would broadcast the condition slowly.
        rows = [-1, x.shape[1], x.shape[2] * x.shape[3]]
        mixed = tf.where(_inside(x, boxes), tf.reshape(other, rows), tf.reshape(x, rows))
        return tf.cast(tf.reshape(mixed, [-1, *x.shape[1:]]), tf.float32)

    if isinstance(cuts, bool):
        return cut() if cuts else blended()
    return tf.cond(cuts, cut, blended)


def _inside(x: Any, boxes: Any) -> Any:
    """Return whether each value is inside the box of its image, (n, height, width * channels)."""
    import tensorflow as tf

    top, left, bottom, right = (boxes[:, column, None] for column in range(4))
    rows = tf.range(x.shape[1], dtype=tf.int64)[None]
    columns = tf.repeat(tf.range(x.shape[2], dtype=tf.int64), x.shape[3])[None]
    in_rows, in_columns = (rows >= top) & (rows < bottom), (columns >= left) & (columns < right)
    return in_rows[:, :, None] & in_columns[:, None, :]
