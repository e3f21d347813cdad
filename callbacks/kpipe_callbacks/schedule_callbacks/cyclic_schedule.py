"""A learning rate that rises and falls linearly in cycles."""

from __future__ import annotations

from typing import Annotated, Any

from kpipe_callbacks import schedules
from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule, duration


class CyclicSchedule(Schedule):
    """a(t) = low + (a0 - low) (1 - |2 p - 1|), p = t/P - floor(t/P), with t counted from the end of the warm-up.

    Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3, the triangular policy (its step
    size is half of the period), and section 3.3 for the low learning rate: a third or a quarter of the high one.

    Args:
        period_epochs: P in epochs, from low to a0 and back, above 0.
        period_steps: P in steps; exactly one of the two is required.
        low_learning_rate: low, at least 0; default None: a quarter of a0.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> CyclicSchedule(learning_rate=1.0, period_epochs=1).curve(epochs=1, steps_per_epoch=4).tolist()
        [0.25, 0.625, 1.0, 0.625]
    """

    def __init__(
        self,
        *,
        period_epochs: Annotated[float | None, POSITIVE] = None,
        period_steps: Annotated[int | None, POSITIVE] = None,
        low_learning_rate: Annotated[float | None, NOT_NEGATIVE] = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.period_epochs, self.period_steps = duration("period", period_epochs, period_steps, required=True)
        self.low_learning_rate = NOT_NEGATIVE.optional("low_learning_rate", low_learning_rate)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        period = clock.steps("period", self.period_epochs, self.period_steps) or 0.0
        low = rate / 4 if self.low_learning_rate is None else self.low_learning_rate
        return schedules.cyclic(low, rate, period)
