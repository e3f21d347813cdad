"""Step decay of the learning rate at milestones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from kpipe_callbacks import schedules
from kpipe_callbacks._range import POSITIVE
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule


class StepSchedule(Schedule):
    """a(t) = a0 factor^n, n the number of milestones that have passed.

    He et al., "Deep residual learning for image recognition", CVPR 2016, section 4.2: times 0.1 after 32,000 and 48,000
    steps.

    Args:
        milestone_epochs: epochs after which the learning rate falls, above 0, in increasing order, counted from the
            beginning of the training.
        milestone_steps: the milestones in steps; exactly one of the two is required.
        factor: above 0, default 0.1.
        **common: `learning_rate`, `warmup_epochs`, `warmup_steps`, `warmup_from`, `scale_with_batch`, `batch_size` and
            `verbose`; see `Schedule`.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> schedule = StepSchedule(learning_rate=1.0, milestone_epochs=[1, 2], factor=0.5)
        >>> schedule.curve(epochs=3, steps_per_epoch=2).tolist()
        [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self,
        *,
        milestone_epochs: list[Annotated[float, POSITIVE]] | None = None,
        milestone_steps: list[Annotated[int, POSITIVE]] | None = None,
        factor: Annotated[float, POSITIVE] = 0.1,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        if (milestone_epochs is None) == (milestone_steps is None):
            raise ValueError(
                "milestone_epochs, milestone_steps: expected exactly one of them, got "
                f"{'none' if milestone_epochs is None else 'both'}; write milestone_epochs=[30, 60, 90], for example"
            )
        self.milestone_epochs = _listed(milestone_epochs)
        self.milestone_steps = _listed(milestone_steps)
        self.factor = POSITIVE.number("factor", factor)
        # Reports invalid milestones here instead of at the beginning of the training.
        schedules.step(1.0, self.milestone_epochs or self.milestone_steps or [], self.factor)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        if self.milestone_epochs is not None:
            steps = [clock.steps("milestone", epoch, None) or 0.0 for epoch in self.milestone_epochs]
        else:
            steps = [float(step) for step in self.milestone_steps or []]
        if clock.warmup >= steps[0]:
            raise ValueError(
                f"the warm-up reaches the first milestone; expected less than {steps[0]:g} steps, got "
                f"{clock.warmup:g}; shorten the warm-up"
            )
        return schedules.step(rate, [step - clock.warmup for step in steps], self.factor)


def _listed(milestones: Any) -> list[float] | None:
    if milestones is None:
        return None
    return list(milestones) if isinstance(milestones, Iterable) else [milestones]
