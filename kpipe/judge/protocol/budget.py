"""The time that a protocol may use."""

from __future__ import annotations

from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.stopwatch import Stopwatch

#: The seconds of all steps by default, the share of the expected run that is allowed if it is more, and the most.
SECONDS, SHARE, MOST = 60.0, 0.02, 600.0


class Budget:
    """The time that a protocol may use.

    By default, its steps may take 60 seconds, or 2 % of the expected time of the run if that is more; traces are not
    counted, but both together take at most 10 minutes. A given number of seconds includes the traces.

    Args:
        stopwatch: measures the time that has been used.
        seconds: all seconds, above 0; None, the default, for the rule above.

    Example:
        >>> budget = Budget(Stopwatch(clock=lambda: 0.0))
        >>> budget.affords(Price(60, 100)), budget.affords(Price(61))
        (True, False)
        >>> budget.expect_run(100_000)
        >>> budget.affords(Price(599)), budget.affords(Price(599, 2))
        (True, False)
    """

    def __init__(self, stopwatch: Stopwatch, seconds: float | None = None) -> None:
        self._stopwatch = stopwatch
        self._seconds = seconds
        self._run = 0.0

    def expect_run(self, seconds: float) -> None:
        """Set the expected time of the run, in seconds."""
        self._run = seconds

    @property
    def seconds(self) -> float:
        """The seconds that may be used; by default without the traces."""
        return min(MOST, max(SECONDS, SHARE * self._run)) if self._seconds is None else self._seconds

    def affords(self, price: Price) -> bool:
        """Return whether the rest of the time is sufficient; what costs nothing is always affordable."""
        if not price.total:
            return True
        total = self._stopwatch.seconds + price.total
        if self._seconds is not None:
            return total <= self._seconds
        return total <= MOST and self._stopwatch.seconds - self._stopwatch.traced + price.steps <= self.seconds
