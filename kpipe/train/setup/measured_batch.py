"""The batch on which a run measures the layers of its model."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from kpipe.data.feeds.order import order
from kpipe.data.mix.mixing import Mixing
from kpipe.data.prepared import PreparedData
from kpipe.train.objective.objective import Objective

_PART = "measured"


def measured_batch(
    prepared: PreparedData, objective: Objective, weights: Mapping[str, Any] | None, mixing: Mixing | None
) -> tuple[Any, ...]:
    """Return the samples of the first training batch, which are not augmented, always the same.

    Args:
        prepared: the data.
        objective: the forms of the labels.
        weights: the weights of all samples by target name; None if all are equal.
        mixing: mixes the training batches; the losses expect the labels of mixed samples then. None if they are not.

    Returns:
        (x, y) or (x, y, weights).

    Raises:
        DataError: a sample cannot be read.
    """
    indices = prepared.parts["train"]
    other = copy.copy(prepared)
    first = order(len(indices), prepared.seed, 0)[: prepared.batch_size]
    other.parts = {**prepared.parts, _PART: indices[first]}
    batches = other.batches(_PART, labels=objective.labels, sample_weight=weights)
    if mixing is not None:
        batches = mixing.batches(batches, 0, 0)
    found: tuple[Any, ...] = next(iter(batches))
    return found
