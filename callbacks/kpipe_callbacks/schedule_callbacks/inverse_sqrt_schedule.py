"""Inverse square root decay of the learning rate."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks import schedules
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule


class InverseSqrtSchedule(Schedule):
    """a(t) = a0 / sqrt(t + 1), or, after a warm-up of W steps, a0 / sqrt(t) with t from the start of the training.

    The warm-up rises to a0 / sqrt(W), so the curve is continuous.

    Vaswani et al., "Attention is all you need", NIPS 2017, section 5.3, equation 3, with a0 = d_model^-0.5.

    Args:
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> schedule = InverseSqrtSchedule(learning_rate=1.0, warmup_steps=4)
        >>> [round(rate, 4) for rate in schedule.curve(epochs=1, steps_per_epoch=6).tolist()]
        [0.0, 0.125, 0.25, 0.375, 0.5, 0.4472]
    """

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        return schedules.inverse_sqrt(rate, shift=clock.warmup or 1)
