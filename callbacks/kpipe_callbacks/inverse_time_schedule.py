"""A learning rate that falls with the inverse of time."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks import schedules
from kpipe_callbacks.schedule import Clock, Schedule
from kpipe_callbacks.schedules._check import not_negative


class InverseTimeSchedule(Schedule):
    """a(t) = a0 / (1 + k t).

    t is counted in epochs or in steps, from the end of the warm-up; it rises with every step either way.

    Args:
        decay_per_epoch: k for t in epochs, at least 0.
        decay_per_step: the same for t in steps; one of the two is needed.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`, as of every schedule.

    Raises:
        ValueError: an argument out of its range.

    Example:
        >>> schedule = InverseTimeSchedule(learning_rate=1.0, decay_per_step=1)
        >>> [round(rate, 4) for rate in schedule.curve(epochs=1, steps_per_epoch=4).tolist()]
        [1.0, 0.5, 0.3333, 0.25]
    """

    def __init__(
        self, *, decay_per_epoch: float | None = None, decay_per_step: float | None = None, **common: Any
    ) -> None:
        super().__init__(**common)
        if (decay_per_epoch is None) == (decay_per_step is None):
            raise ValueError("decay_per_epoch, decay_per_step: give one of them, such as decay_per_epoch=0.1")
        self.decay_per_epoch = None if decay_per_epoch is None else not_negative("decay_per_epoch", decay_per_epoch)
        self.decay_per_step = None if decay_per_step is None else not_negative("decay_per_step", decay_per_step)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        decay = self.decay_per_step
        if decay is None:
            decay = (self.decay_per_epoch or 0.0) / clock.epoch("decay_per_epoch", "decay_per_step")
        return schedules.inverse_time(rate, decay)
