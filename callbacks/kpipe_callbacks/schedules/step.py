"""Step decay at milestones."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from kpipe_callbacks._range import NOT_NEGATIVE, POSITIVE
from kpipe_callbacks.schedules._formula import Schedule, schedule


def step(initial: float, milestones: Iterable[float], factor: float = 0.1) -> Schedule:
    """a(t) = a0 factor^n, n the number of milestones with milestone <= t.

    He et al., "Deep residual learning for image recognition", CVPR 2016, section 3.4: times 0.1 after 30, 60 and 90
    epochs.

    Args:
        initial: a0, at least 0.
        milestones: steps in increasing order, above 0.
        factor: above 0, default 0.1.

    Raises:
        ValueError: an argument is out of range.

    Example:
        >>> [round(step(1.0, [10, 20])(t), 4) for t in (0, 9, 10, 20)]
        [1.0, 1.0, 0.1, 0.01]
    """
    a0, f = NOT_NEGATIVE.number("initial", initial), POSITIVE.number("factor", factor)
    given = list(milestones)
    steps = [POSITIVE.number("milestones", milestone) for milestone in given]
    if not steps or any(later <= earlier for earlier, later in pairwise(steps)):
        raise ValueError(f"milestones: expected at least one step, in increasing order, such as [30, 60], got {given}")
    values = [a0 * f**count for count in range(len(steps) + 1)]

    def formula(t, m):  # type: ignore[no-untyped-def]
        found = m.zeros_like(t) + values[0]
        for milestone, value in zip(steps, values[1:], strict=True):
            found = m.where(t >= milestone, value, found)
        return found

    return schedule(formula)
