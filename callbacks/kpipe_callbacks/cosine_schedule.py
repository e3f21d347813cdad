"""A learning rate that falls along half a cosine."""

from __future__ import annotations

from typing import Any

from kpipe_callbacks import schedules
from kpipe_callbacks.schedule import Clock, Schedule, duration
from kpipe_callbacks.schedules._check import not_negative


class CosineSchedule(Schedule):
    """a(t) = e + (a0 - e)/2 (1 + cos(pi t/T)), t and T counted from the end of the warm-up.

    From T on it stays at e.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, equation 5.

    Args:
        end_learning_rate: e, at least 0, default 0.
        total_epochs: T in epochs, the warm-up included, above 0; default None: the epochs of `fit`.
        total_steps: the same in steps; one of the two may be given.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`, as of every schedule.

    Raises:
        ValueError: an argument out of its range; when a training begins: T is not known.

    Example:
        >>> curve = CosineSchedule(learning_rate=1.0, warmup_epochs=1).curve(epochs=3, steps_per_epoch=2)
        >>> [round(rate, 4) for rate in curve.tolist()]
        [0.0, 0.5, 1.0, 0.8536, 0.5, 0.1464]
    """

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

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        total = clock.total(self.total_epochs, self.total_steps)
        return schedules.cosine(rate, total, self.end_learning_rate)
