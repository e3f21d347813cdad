"""A constant learning rate."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks import schedules
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule


class ConstantSchedule(Schedule):
    """a(t) = a0: a constant learning rate, after an optional warm-up.

    Args:
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> ConstantSchedule(learning_rate=0.1, warmup_steps=2).curve(epochs=1, steps_per_epoch=4).tolist()
        [0.0, 0.05, 0.1, 0.1]
    """

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        return schedules.constant(rate)
