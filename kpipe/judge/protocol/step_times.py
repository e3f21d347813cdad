"""The measured times of the steps of a training."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from kpipe.judge.protocol.price import Price


class StepTimes:
    """The measured times of the steps of a training, from which the prices of further steps follow.

    Args:
        seconds: the times so far, in seconds. The first one contains the trace.

    Example:
        >>> times = StepTimes([30.0, 4.0, 5.0, 100.0])
        >>> times.step, times.trace, times.price(10, traces=2)
        (5.0, 25.0, Price(steps=50.0, traces=50.0))
    """

    def __init__(self, seconds: Iterable[float] = ()) -> None:
        self._seconds = [*seconds]

    def __len__(self) -> int:
        return len(self._seconds)

    def add(self, seconds: float) -> None:
        """Add the time of a step."""
        self._seconds.append(seconds)

    @property
    def step(self) -> float:
        """The median time of a step; that of the first one, with its trace, until a second step was made."""
        return statistics.median(self._seconds[1:] or self._seconds or [0.0])

    @property
    def trace(self) -> float:
        """The time to trace the step; 0 until a second step was made."""
        return max(self._seconds[0] - self.step, 0.0) if len(self._seconds) > 1 else 0.0

    def price(self, steps: float, traces: int = 0) -> Price:
        """Return the expected time of steps.

        Args:
            steps: the number of steps; a fraction for steps of fewer samples.
            traces: the number of functions that have to be traced, default 0.
        """
        return Price(steps * self.step, traces * self.trace)
