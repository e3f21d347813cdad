"""A learning rate schedule from any schedule function."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from kpipe_callbacks import schedules
from kpipe_callbacks._range import POSITIVE, VERBOSE
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule


class ComposedSchedule(Schedule):
    """a(t) is the output of a function of `kpipe_callbacks.schedules`, or of a custom function, for step t.

    Args:
        schedule: function from a step to a learning rate; the step is a tensor in the compiled training step and a
            NumPy array in `curve`.
        scale_with_batch: see `Schedule`.
        batch_size: see `Schedule`.
        verbose: see `Schedule`.

    Raises:
        ValueError: `schedule` is not a function, or an argument is out of range.

    Example:
        >>> from kpipe_callbacks.schedules import constant, cosine, join
        >>> schedule = ComposedSchedule(join(constant(1.0), 2, cosine(1.0, total=2)))
        >>> [round(rate, 4) for rate in schedule.curve(epochs=1, steps_per_epoch=4).tolist()]
        [1.0, 1.0, 1.0, 0.5]
    """

    #: Read by kpipe; a spec cannot contain functions.
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
                "schedule: not a function; expected a function such as kpipe_callbacks.schedules.cosine(0.1, "
                f"total=1000), got {schedule!r}"
            )
        self.schedule = schedule

    def curve(
        self, epochs: int, steps_per_epoch: int, learning_rate: float | None = None, accumulation: int = 1
    ) -> Any:
        """The learning rates of all updates; `learning_rate` is not used, as the function includes it."""
        return super().curve(epochs, steps_per_epoch, 0.0 if learning_rate is None else learning_rate, accumulation)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        return self.schedule
