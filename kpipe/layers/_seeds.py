"""Seeds of the layers that draw: each replica's own, or the same on all."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

#: Name of the generators whose draws all replicas share; code that gives replicas different seeds skips them.
SHARED = "shared_by_replicas"
#: Between the seeds of two replicas: the golden ratio of 32 bits, so that no two replicas meet soon.
_STRIDE = 0x9E3779B9


class OwnSeeds(keras.random.SeedGenerator):  # type: ignore[misc,unused-ignore]
    """Seeds for draws that differ from sample to sample.

    Keras gives the same seed to every replica of a `tf.distribute` strategy, so that the first sample of each of them
    would get the same mask.
    """

    def next(self, ordered: bool = True) -> Any:
        """The next seed of this replica."""
        seed, replica = super().next(ordered), replica_number()
        if replica is None:
            return seed
        return seed + ops.cast(ops.stack([replica, 0]), seed.dtype) * ops.cast(_STRIDE, seed.dtype)


def shared_seeds(seed: int | None) -> keras.random.SeedGenerator:
    """Seeds for draws that are made once a step, the same on all replicas."""
    return keras.random.SeedGenerator(seed, name=SHARED)


def replica_number() -> Any | None:
    """The number of the replica that this is traced for; None where there is only one."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return None
    return context.replica_id_in_sync_group
