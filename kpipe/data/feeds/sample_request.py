"""The samples of one batch."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.data.dataset import Indices


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """A request for the inputs of one batch.

    Args:
        indices: indices of samples in the dataset.
        places: their places in the training part before it is shuffled; None for an evaluation, which does not augment.
        epoch: the training epoch, from 0; unused in an evaluation.
    """

    indices: Indices
    places: Indices | None = None
    epoch: int = 0
