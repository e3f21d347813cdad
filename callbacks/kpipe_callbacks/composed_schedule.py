"""A learning rate by any schedule function."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from kpipe_callbacks import schedules
from kpipe_callbacks._range import POSITIVE, VERBOSE
from kpipe_callbacks.schedule import Clock, Schedule


class ComposedSchedule(Schedule):
    """a(t) is what a function of `kpipe_callbacks.schedules`, or a custom one, returns for step t.

    Args:
        schedule: from a step, a tensor inside the compiled step and an array of NumPy for `curve`, to a learning rate.
        scale_with_batch: as of every schedule.
        batch_size: likewise.
        verbose: likewise.

    Raises:
        ValueError: `schedule` is not a function, or an argument is out of its range.

    Example:
        >>> from kpipe_callbacks.schedules import constant, cosine, join
        >>> schedule = ComposedSchedule(join(constant(1.0), 2, cosine(1.0, total=2)))
        >>> [round(rate, 4) for rate in schedule.curve(epochs=1, steps_per_epoch=4).tolist()]
        [1.0, 1.0, 1.0, 0.5]
    """

    #: Read by kpipe: a spec has no functions.
    in_specs: ClassVar[bool] = False

    def __init__(
        self,
        schedule: schedules.Schedule,
        *,
        scale_with_batch: Annotated[int | None, POSITIVE] = None,
        batch_size: int | None = None,
        verbose: Annotated[int, VERBOSE] = 1,
    ) -> None:
        super().__init__(scale_with_batch=scale_with_batch, batch_size=batch_size, verbose=verbose)
        if not callable(schedule):
            raise ValueError(
                f"schedule: {schedule!r} is not a function; give one such as kpipe_callbacks.schedules.cosine(0.1, "
                "total=1000)"
            )
        self.schedule = schedule

    def curve(
        self, epochs: int, steps_per_epoch: int, learning_rate: float | None = None, accumulation: int = 1
    ) -> Any:
        """As of every schedule; the learning rate is in the function already."""
        return super().curve(epochs, steps_per_epoch, 0.0 if learning_rate is None else learning_rate, accumulation)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        return self.schedule
