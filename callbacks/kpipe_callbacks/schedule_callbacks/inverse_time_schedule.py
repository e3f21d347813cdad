"""Inverse time decay of the learning rate."""

from __future__ import annotations

from kpipe_callbacks import schedules
from kpipe_callbacks.schedule_callbacks.decaying_schedule import DecayingSchedule
from kpipe_callbacks.schedule_callbacks.schedule import Clock


class InverseTimeSchedule(DecayingSchedule):
    """a(t) = a0 / (1 + k t).

    t is counted in epochs or in steps, from the end of the warm-up; in both cases it increases with every step.

    Args:
        decay_per_epoch: k for t in epochs, at least 0.
        decay_per_step: k for t in steps; exactly one of the two is required.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> schedule = InverseTimeSchedule(learning_rate=1.0, decay_per_step=1)
        >>> [round(rate, 4) for rate in schedule.curve(epochs=1, steps_per_epoch=4).tolist()]
        [1.0, 0.5, 0.3333, 0.25]
    """

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        return schedules.inverse_time(rate, self._decay(clock))
