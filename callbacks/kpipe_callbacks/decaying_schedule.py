"""What the schedules with a rate of decay have in common."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks.schedule import Clock, Schedule
from kpipe_callbacks.schedules._check import not_negative


class DecayingSchedule(Schedule):
    """A schedule with k per epoch or per step; the subclasses say along which curve it falls."""

    def __init__(
        self, *, decay_per_epoch: float | None = None, decay_per_step: float | None = None, **common: Any
    ) -> None:
        super().__init__(**common)
        if (decay_per_epoch is None) == (decay_per_step is None):
            raise ValueError("decay_per_epoch, decay_per_step: give one of them, such as decay_per_epoch=0.1")
        self.decay_per_epoch = None if decay_per_epoch is None else not_negative("decay_per_epoch", decay_per_epoch)
        self.decay_per_step = None if decay_per_step is None else not_negative("decay_per_step", decay_per_step)

    def _decay(self, clock: Clock) -> float:
        """K, per update."""
        if self.decay_per_step is not None:
            return self.decay_per_step
        return (self.decay_per_epoch or 0.0) / clock.epoch("decay_per_epoch", "decay_per_step")
