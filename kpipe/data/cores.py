"""How many workers make sense here."""

from __future__ import annotations

import os


def cores() -> int:
    """The cores that this process may use, at least 1; all of the machine where the system cannot tell.

    Example:
        >>> cores() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
