"""The number of samples on which layers are measured."""

from __future__ import annotations

import math

from kpipe.data.prepared import PreparedData

#: The samples that are measured, and the most numbers in them.
SAMPLES, _MOST_VALUES = 256, 300_000
#: The most of large samples, such as color images, whose layers have many positions, and the least.
_LARGE, _LEAST = 64, 16


def layer_sample_count(prepared: PreparedData) -> int:
    """Return the number of training samples on which layers are measured: 256, or a batch of at most 64 large ones.

    More large ones would take longer than the rest of the measurements, and more memory than a step of the training.

    Args:
        prepared: the data of the training.
    """
    size = max(math.prod(entry or 1 for entry in each.shape) for each in prepared.inputs.values())
    few = max(_LEAST, min(prepared.batch_size, _LARGE))
    return min(len(prepared.parts["train"]), SAMPLES if SAMPLES * size <= _MOST_VALUES else few)
