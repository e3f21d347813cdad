"""What a static check has found."""

from __future__ import annotations

from dataclasses import dataclass

from kpipe.checks.static.level import Level
from kpipe.errors import Mark, Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem that a static check has found, with its place in the spec.

    Args:
        code: the stable code of the check, such as `W003`.
        mark: the place; None if the spec does not contain it.
        path: dotted path in the spec.
        message: what was measured, what is expected, and how to fix it.

    Example:
        >>> print(Finding("W005", None, "data.batch_size", "64 samples a batch; expected at most 50"))
        W005 data.batch_size: 64 samples a batch; expected at most 50
    """

    code: str
    mark: Mark | None
    path: str
    message: str

    @property
    def level(self) -> Level:
        """Its level, which its code begins with."""
        return Level(self.code[0])

    @property
    def problem(self) -> Problem:
        """The finding as a problem of the spec."""
        return Problem(self.mark, self.path, f"{self.code}: {self.message}")

    def __str__(self) -> str:
        place = f" ({self.mark})" if self.mark is not None else ""
        return f"{self.code} {self.path}{place}: {self.message}"
