"""What the schedules that fall to an end at T have in common."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks.schedule import Clock, Schedule, duration
from kpipe_callbacks.schedules._check import not_negative


class FallingSchedule(Schedule):
    """A schedule with an end and a length; the subclasses say along which curve it falls."""

    def __init__(
        self,
        *,
        end_learning_rate: float = 0.0,
        total_epochs: float | None = None,
        total_steps: int | None = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.end_learning_rate = not_negative("end_learning_rate", end_learning_rate)
        self.total_epochs, self.total_steps = duration("total", total_epochs, total_steps)

    def _total(self, clock: Clock) -> float:
        """T, in updates."""
        return clock.total(self.total_epochs, self.total_steps)
