"""Polynomial decay of the learning rate."""

from __future__ import annotations

from typing import Annotated, Any

from kpipe_callbacks import schedules
from kpipe_callbacks._range import POSITIVE
from kpipe_callbacks.schedule_callbacks.falling_schedule import FallingSchedule
from kpipe_callbacks.schedule_callbacks.schedule import Clock


class PolynomialSchedule(FallingSchedule):
    """a(t) = e + (a0 - e) (1 - t/T)^p, with t and T counted from the end of the warm-up.

    From T on, the learning rate remains at e.

    Args:
        power: p, above 0, default 2.
        end_learning_rate: e, at least 0, default 0.
        total_epochs: T in epochs, including the warm-up, above 0; default None: the epochs of `fit`.
        total_steps: T in steps; at most one of the two is allowed.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range, or T is unknown at the beginning of a training.

    Example:
        >>> PolynomialSchedule(learning_rate=1.0).curve(epochs=2, steps_per_epoch=2).tolist()
        [1.0, 0.5625, 0.25, 0.0625]
    """

    def __init__(self, *, power: Annotated[float, POSITIVE] = 2.0, **common: Any) -> None:
        super().__init__(**common)
        self.power = POSITIVE.number("power", power)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        return schedules.polynomial(rate, self._total(clock), self.power, self.end_learning_rate)
