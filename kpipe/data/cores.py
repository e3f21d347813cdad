"""The number of usable processor cores."""

from __future__ import annotations

import os


def cores() -> int:
    """Return the number of cores that this process may use; all cores if the system does not provide it.

    Example:
        >>> cores() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
