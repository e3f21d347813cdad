"""The number of samples on which layers are measured."""

from __future__ import annotations

import math

from kpipe.data.prepared import PreparedData

#: The samples that are measured, and the most numbers in them.
SAMPLES, _MOST_VALUES = 256, 4_000_000


def layer_sample_count(prepared: PreparedData) -> int:
    """Return the number of training samples on which layers are measured: 256, or a batch of large ones.

    Args:
        prepared: the data of the training.
    """
    size = max(math.prod(entry or 1 for entry in each.shape) for each in prepared.inputs.values())
    few = min(prepared.batch_size, SAMPLES)
    return min(len(prepared.parts["train"]), SAMPLES if SAMPLES * size <= _MOST_VALUES else few)
