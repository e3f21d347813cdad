"""Datasets of `tf.data` that are made by a traced function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class TracedDataset:
    """Makes datasets by a function of tensors that TensorFlow traces only once; later datasets need no new trace.

    Args:
        make: a function of tensors that returns a `tf.data.Dataset`, whose elements always have the same specification.
        signature: the `tf.TensorSpec` of each argument.

    Example:
        >>> import tensorflow as tf
        >>> below = TracedDataset(tf.data.Dataset.range, [tf.TensorSpec([], tf.int64)])
        >>> [len(list(below(tf.constant(end, tf.int64)))) for end in (1, 2)]
        [1, 2]
    """

    def __init__(self, make: Callable[..., Any], signature: Sequence[Any]) -> None:
        import tensorflow as tf

        self._element_spec: Any = None

        def variant(*tensors: Any) -> Any:
            dataset = make(*tensors)
            self._element_spec = dataset.element_spec
            return tf.data.experimental.to_variant(dataset)

        self._function = tf.function(variant, input_signature=list(signature), autograph=False)
        self._variant: Any = None

    def __call__(self, *tensors: Any) -> Any:
        """Return the dataset of these tensors; it keeps this object, whose function it calls, alive."""
        import tensorflow as tf

        if self._variant is None:
            # TensorFlow adds up the traces that calls of `tf.function` cause in all objects, and warns of the fifth. At
            # the first call, the devices of the caller apply.
            self._variant = self._function.get_concrete_function()
        variant = self._variant(*tensors)
        dataset = tf.data.experimental.from_variant(variant, self._element_spec)
        dataset._kpipe_traced = self
        return dataset
