"""The number of usable processor cores."""

from __future__ import annotations

import os

#: The environment variable that limits the cores which kpipe uses in a process and its child processes.
LIMIT = "KPIPE_CORES"


def cores() -> int:
    """Return the number of cores that this process may use; all cores if the system does not provide it.

    Example:
        >>> cores() >= 1
        True
    """
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get(LIMIT, "")
    return min(found, int(limit)) if limit.isdecimal() and int(limit) else found
