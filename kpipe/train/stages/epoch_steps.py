"""The number of batches of an epoch of a stage."""

from __future__ import annotations

from kpipe.data.feeds.batch_starts import batch_starts
from kpipe.data.prepared import PreparedData
from kpipe.train.stages.stage import Stage


def epoch_steps(stage: Stage, prepared: PreparedData) -> int:
    """Return the number of batches of an epoch of a stage.

    Args:
        stage: the stage.
        prepared: the data of the training, with the batches of any stage.

    Raises:
        ArgumentError: `data.last_batch: drop` leaves no batch.
    """
    return len(batch_starts(len(prepared.parts["train"]), stage.spec.data.batch_size, prepared.last_batch)) - 1
