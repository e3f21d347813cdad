"""The share of dead units of a layer that chance explains."""

from __future__ import annotations

import math


def dead_by_chance(channels: int | None) -> float:
    """Return a share of dead units that a layer of rectifiers of this size reaches by chance; 1 if it can be all.

    With inputs on one line, each unit is dead with a probability of 1/2. The share is that and two standard errors,
    0.5 + 1 / sqrt(channels).

    Args:
        channels: the number of units; None if it is unknown, for 0.5 alone.

    Example:
        >>> [dead_by_chance(count) for count in (1, 4, 64, None)]
        [1.0, 1.0, 0.625, 0.5]
    """
    return 0.5 if channels is None else min(0.5 + 1 / math.sqrt(channels), 1.0)
