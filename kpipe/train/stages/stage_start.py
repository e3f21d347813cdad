"""Where a stage begins within the whole training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpipe.train.stages.stage_record import StageRecord


@dataclass(frozen=True)
class StageStart:
    """Where a stage begins within the whole training; by default at its beginning.

    Args:
        stage: the number of stages before it.
        epochs: the number of epochs before it.
        steps: the number of steps before it.
    """

    stage: int = 0
    epochs: int = 0
    steps: int = 0

    @classmethod
    def after(cls, records: Sequence[StageRecord]) -> StageStart:
        """Return where the stage after some stages begins.

        Args:
            records: what all earlier stages have done.

        Example:
            >>> StageStart.after([StageRecord(stage=1, epochs=5, steps=20, status="completed")])
            StageStart(stage=1, epochs=5, steps=20)
        """
        return cls(len(records), sum(entry.epochs for entry in records), sum(entry.steps for entry in records))

    def within_training(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Return an event of the stage with its epoch and its steps counted through all stages.

        Args:
            event: `epoch`, `step` and `good_step`, counted from the beginning of the stage, and other values.

        Example:
            >>> StageStart(stage=1, epochs=5, steps=20).within_training({"epoch": 1, "step": 3, "good_step": None})
            {'epoch': 6, 'step': 23, 'good_step': None}
        """
        before = {"epoch": self.epochs, "step": self.steps, "good_step": self.steps}
        return {
            key: value + before[key] if key in before and value is not None else value for key, value in event.items()
        }

    @classmethod
    def of_epoch(cls, epoch: int, records: Sequence[StageRecord]) -> StageStart:
        """Return where the stage of an epoch begins.

        Args:
            epoch: an epoch of the whole training, from 1.
            records: what all stages have done.

        Example:
            >>> records = [StageRecord(stage=stage, epochs=5, steps=20, status="completed") for stage in (1, 2)]
            >>> [StageStart.of_epoch(epoch, records).stage for epoch in (1, 5, 6)]
            [0, 0, 1]
        """
        starts = [cls.after(records[:number]) for number in range(max(len(records), 1))]
        return [start for start in starts if start.epochs < epoch][-1]
