"""What a stage of a training has done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class StageRecord:
    """What a stage of a training has done.

    Args:
        stage: its number, from 1.
        epochs: the number of its epochs that have ended.
        steps: the number of its steps.
        status: how it has ended.
        explosions: the explosions that an `ExplosionDetector` has found in it.

    Example:
        >>> StageRecord(stage=1, epochs=5, steps=20, status="stopped_early").to_dict()
        {'stage': 1, 'epochs': 5, 'steps': 20, 'status': 'stopped_early'}
    """

    stage: int
    epochs: int
    steps: int
    status: str
    explosions: Sequence[Mapping[str, Any]] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the record as in `result.json`, which contains the explosions of the whole run elsewhere."""
        return {"stage": self.stage, "epochs": self.epochs, "steps": self.steps, "status": self.status}

    def state(self) -> dict[str, Any]:
        """Return the record for a checkpoint."""
        return {**asdict(self), "explosions": [dict(event) for event in self.explosions]}
