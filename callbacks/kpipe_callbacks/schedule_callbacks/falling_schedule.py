"""The base class of schedules that reach their final value at T."""

from __future__ import annotations

from typing import Annotated, Any

from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule, duration


class FallingSchedule(Schedule):
    """Base class of schedules with a final value and a length; subclasses define the curve."""

    def __init__(
        self,
        *,
        end_learning_rate: Annotated[float, NOT_NEGATIVE] = 0.0,
        total_epochs: Annotated[float | None, POSITIVE] = None,
        total_steps: Annotated[int | None, POSITIVE] = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.end_learning_rate = NOT_NEGATIVE.number("end_learning_rate", end_learning_rate)
        self.total_epochs, self.total_steps = duration("total", total_epochs, total_steps)

    def _total(self, clock: Clock) -> float:
        """T in updates of the weights."""
        return clock.total(self.total_epochs, self.total_steps)
