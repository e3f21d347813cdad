"""A difference between an earlier start of a run and the present one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """One value that differs.

    Args:
        path: its dotted path.
        before: the earlier value as text; `absent` where there was none.
        now: the present value, likewise.

    Example:
        >>> print(Change("seed", "1", "2"))
        seed: 1 -> 2
    """

    path: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"{self.path}: {self.before} -> {self.now}"


@dataclass(frozen=True)
class CodeChange:
    """A file under `imports` that differs.

    Args:
        path: the file in the run folder.
        reason: what has become of it.

    Example:
        >>> print(CodeChange("imports/layers.py", "the code has changed"))
        imports/layers.py: the code has changed
    """

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"
