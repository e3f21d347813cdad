"""A layer whose kernel was scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ScaledLayer:
    """A layer whose kernel was scaled.

    Args:
        variance: the variance of its outputs before the activation.
        trials: the number of corrections.
    """

    variance: float
    trials: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"variance": self.variance, "trials": self.trials}
