"""What an executor reports about its trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kpipe.trials.outcome import Outcome


@dataclass(frozen=True)
class EpochEnded:
    """A trial has finished an epoch, and has saved its state.

    Args:
        id: the trial.
        epoch: the number of the epoch, from 1. A trial that is resumed reports the epoch again at whose end its state
            was saved.
        metrics: the metrics of the epoch by name; `val_*` if the epoch was validated.
    """

    id: str
    epoch: int
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Ended:
    """A trial has ended, and its process with all that it has started.

    Args:
        outcome: how it ended.
    """

    outcome: Outcome

    @property
    def id(self) -> str:
        """The trial."""
        return self.outcome.id


@dataclass(frozen=True)
class Ready:
    """Trials can start; it is not reported to the user of an executor.

    Args:
        gpus: the number of GPUs of the machine.
    """

    gpus: int


Event = EpochEnded | Ended
