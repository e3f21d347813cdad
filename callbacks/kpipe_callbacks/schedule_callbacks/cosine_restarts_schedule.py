"""Cosine annealing with warm restarts."""

from __future__ import annotations

from typing import Annotated, Any

from kpipe_callbacks import schedules
from kpipe_callbacks._range import AT_LEAST_1, NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule, duration


class CosineRestartsSchedule(Schedule):
    """a(t) = e + (a0 d^n - e)/2 (1 + cos(pi (t - s_n)/(P m^n))) in cycle n, which begins at s_n.

    The cycles begin at s_n = P (1 + m + ... + m^(n-1)), counted from the end of the warm-up.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, section 3. Snapshots for
    an ensemble are saved at the minima (Huang et al., "Snapshot ensembles", ICLR 2017).

    Args:
        period_epochs: P in epochs, above 0.
        period_steps: P in steps; exactly one of the two is required.
        multiplier: m, the ratio of the lengths of consecutive cycles, at least 1, default 1.
        peak_decay: d, the ratio of the peaks of consecutive cycles, above 0, default 1.
        end_learning_rate: e, at least 0, default 0.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> schedule = CosineRestartsSchedule(learning_rate=1.0, period_epochs=1, peak_decay=0.5)
        >>> [round(rate, 4) for rate in schedule.curve(epochs=2, steps_per_epoch=2).tolist()]
        [1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        *,
        period_epochs: Annotated[float | None, POSITIVE] = None,
        period_steps: Annotated[int | None, POSITIVE] = None,
        multiplier: Annotated[float, AT_LEAST_1] = 1.0,
        peak_decay: Annotated[float, POSITIVE] = 1.0,
        end_learning_rate: Annotated[float, NOT_NEGATIVE] = 0.0,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.period_epochs, self.period_steps = duration("period", period_epochs, period_steps, required=True)
        self.multiplier = AT_LEAST_1.number("multiplier", multiplier)
        self.peak_decay = POSITIVE.number("peak_decay", peak_decay)
        self.end_learning_rate = NOT_NEGATIVE.number("end_learning_rate", end_learning_rate)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        period = clock.steps("period", self.period_epochs, self.period_steps) or 0.0
        return schedules.cosine_restarts(rate, period, self.multiplier, self.peak_decay, self.end_learning_rate)
