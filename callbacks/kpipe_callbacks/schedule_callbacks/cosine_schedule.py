"""Cosine decay of the learning rate."""

from __future__ import annotations

from kpipe_callbacks import schedules
from kpipe_callbacks.schedule_callbacks.falling_schedule import FallingSchedule
from kpipe_callbacks.schedule_callbacks.schedule import Clock


class CosineSchedule(FallingSchedule):
    """a(t) = e + (a0 - e)/2 (1 + cos(pi t/T)), with t and T counted from the end of the warm-up.

    From T on, the learning rate remains at e.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, equation 5.

    Args:
        end_learning_rate: e, at least 0, default 0.
        total_epochs: T in epochs, including the warm-up, above 0; default None: the epochs of `fit`.
        total_steps: T in steps; at most one of the two is allowed.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range, or T is unknown at the beginning of a training.

    Example:
        >>> curve = CosineSchedule(learning_rate=1.0, warmup_epochs=1).curve(epochs=3, steps_per_epoch=2)
        >>> [round(rate, 4) for rate in curve.tolist()]
        [0.0, 0.5, 1.0, 0.8536, 0.5, 0.1464]
    """

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        return schedules.cosine(rate, self._total(clock), self.end_learning_rate)
