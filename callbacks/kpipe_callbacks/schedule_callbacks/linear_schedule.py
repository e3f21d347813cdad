"""Linear decay of the learning rate."""

from __future__ import annotations

from kpipe_callbacks import schedules
from kpipe_callbacks.schedule_callbacks.falling_schedule import FallingSchedule
from kpipe_callbacks.schedule_callbacks.schedule import Clock


class LinearSchedule(FallingSchedule):
    """a(t) = e + (a0 - e) (1 - t/T), with t and T counted from the end of the warm-up.

    From T on, the learning rate remains at e.

    Args:
        end_learning_rate: e, at least 0, default 0.
        total_epochs: T in epochs, including the warm-up, above 0; default None: the epochs of `fit`.
        total_steps: T in steps; at most one of the two is allowed.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range, or T is unknown at the beginning of a training.

    Example:
        >>> LinearSchedule(learning_rate=1.0).curve(epochs=2, steps_per_epoch=2).tolist()
        [1.0, 0.75, 0.5, 0.25]
    """

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        return schedules.linear(rate, self._total(clock), self.end_learning_rate)
