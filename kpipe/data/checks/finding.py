"""What a check of the data has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["notice", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check of the data has found.

    Args:
        name: the stable name of the check, such as `leak`.
        level: `warning` if metrics or labels are wrong; it is an error with `data.checks: strict`. Otherwise `notice`.
        message: one line with the samples, their share, and the remedy.
        samples: the indices of the samples, in ascending order.

    Example:
        >>> Finding("leak", "warning", "test part: 1 of 2 samples is also in the training part", (1,)).is_error
        True
    """

    name: str
    level: Level
    message: str
    samples: tuple[int, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether `data.checks: strict` refuses it."""
        return self.level == "warning"
