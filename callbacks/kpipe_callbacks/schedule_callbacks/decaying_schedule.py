"""The base class of schedules with a decay rate."""

from __future__ import annotations

from typing import Annotated, Any

from kpipe_callbacks._range import NOT_NEGATIVE
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule


class DecayingSchedule(Schedule):
    """Base class of schedules with a decay rate k per epoch or per step; subclasses define the curve."""

    def __init__(
        self,
        *,
        decay_per_epoch: Annotated[float | None, NOT_NEGATIVE] = None,
        decay_per_step: Annotated[float | None, NOT_NEGATIVE] = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        if (decay_per_epoch is None) == (decay_per_step is None):
            raise ValueError(
                "decay_per_epoch, decay_per_step: expected exactly one of them, "
                f"got {'none' if decay_per_epoch is None else 'both'}; write decay_per_epoch=0.1, for example"
            )
        self.decay_per_epoch = NOT_NEGATIVE.optional("decay_per_epoch", decay_per_epoch)
        self.decay_per_step = NOT_NEGATIVE.optional("decay_per_step", decay_per_step)

    def _decay(self, clock: Clock) -> float:
        """The decay rate k per update."""
        if self.decay_per_step is not None:
            return self.decay_per_step
        return (self.decay_per_epoch or 0.0) / clock.epoch("decay_per_epoch", "decay_per_step")
