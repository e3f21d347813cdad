"""Whether processes are still there."""

import os
import time
from pathlib import Path

#: Far above what ending takes, so that a busy machine does not fail a test.
PATIENCE = 20


def running(pid):
    """Whether a process runs; one that has ended and whose parent has not asked for its code does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def left(pids):
    """Those of the processes that still run after the longest patience; returns as soon as there are none."""
    deadline = time.monotonic() + PATIENCE
    while (found := [pid for pid in pids if running(pid)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found
