"""A difference between the earlier start of a run and the current one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A value that differs.

    Args:
        path: the dotted path of the value.
        before: the earlier value as text; `absent` if there was none.
        now: the current value as text; `absent` if there is none.

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
        path: the path of the file in the run folder.
        reason: how it differs.

    Example:
        >>> print(CodeChange("imports/layers.py", "the code has changed"))
        imports/layers.py: the code has changed
    """

    path: str
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"
