"""The time that a probe needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Price:
    """The expected time of a probe, in seconds.

    Args:
        steps: the time of its steps.
        traces: the time to trace and compile its functions, default 0.

    Example:
        >>> str(Price(3.25) + Price(1, 2))
        '4.2 s and a trace of 2.0 s'
    """

    steps: float
    traces: float = 0.0

    @property
    def total(self) -> float:
        """The sum of both."""
        return self.steps + self.traces

    def __add__(self, other: Price) -> Price:
        return Price(self.steps + other.steps, self.traces + other.traces)

    def __mul__(self, factor: float) -> Price:
        return Price(self.steps * factor, self.traces * factor)

    def __str__(self) -> str:
        steps = f"{self.steps:.1f} s"
        return f"{steps} and a trace of {self.traces:.1f} s" if self.traces else steps
