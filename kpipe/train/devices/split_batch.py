"""The parts of a batch for several replicas."""

from __future__ import annotations

from typing import Any

import keras


def split_batch(batch: Any, count: int, replicas: int) -> list[tuple[Any, int]]:
    """Return the part of a batch for each replica, with its number of samples.

    If the batch is not divisible, the first parts have one more sample. With fewer samples than replicas, each part is
    the whole batch.

    Args:
        batch: a structure of tensors.
        count: the number of samples of the batch.
        replicas: the number of replicas.

    Example:
        >>> [(part.tolist(), size) for part, size in split_batch(keras.ops.arange(5).numpy(), 5, 2)]
        [([0, 1, 2], 3), ([3, 4], 2)]
        >>> [size for _, size in split_batch(keras.ops.arange(1), 1, 2)]
        [1, 1]
    """
    if count < replicas:
        return [(batch, count)] * replicas
    small, larger = divmod(count, replicas)
    parts, first = [], 0
    for replica in range(replicas):
        size = small + (replica < larger)
        part = keras.tree.map_structure(lambda tensor, a=first, n=size: tensor[a : a + n], batch)
        parts.append((part, size))
        first += size
    return parts
