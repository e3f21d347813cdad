"""Seeds of layers with random draws, shared by all replicas or separate for each."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

#: Name of the generators whose draws all replicas share; code that gives replicas different seeds skips them.
SHARED = "shared_by_replicas"
#: Distance between the seeds of two replicas: the golden ratio in 32 bits, so that their sequences do not overlap soon.
_STRIDE = 0x9E3779B9


class OwnSeeds(keras.random.SeedGenerator):  # type: ignore[misc,unused-ignore]
    """A seed generator for draws that differ between samples, with different seeds on each replica.

    Keras generates the same seed on every replica of a `tf.distribute` strategy, so the first sample of each replica
    would get the same mask.
    """

    def next(self, ordered: bool = True) -> Any:
        """Return the next seed of this replica."""
        seed, replica = super().next(ordered), replica_number()
        if replica is None:
            return seed
        return seed + ops.cast(ops.stack([replica, 0]), seed.dtype) * ops.cast(_STRIDE, seed.dtype)


def shared_seeds(seed: int | None) -> keras.random.SeedGenerator:
    """Return a seed generator for draws that are made once per step and are the same on all replicas."""
    return keras.random.SeedGenerator(seed, name=SHARED)


def replica_number() -> Any | None:
    """The index of the replica that is traced; None if there is only one."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return None
    return context.replica_id_in_sync_group
