"""What ends a child process with its parent, whatever ends the parent."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import threading

#: How often the child asks who its parent is, in seconds.
_INTERVAL = 0.5


def end_with_parent(lifeline: int, parent: int, *, with_group: bool = False) -> None:
    """Let this process end as soon as its parent has ended or closed the other end of a pipe.

    On Linux the kernel kills it in that moment, even where native code never returns to Python. Elsewhere, and where a
    copy of the parent made by `fork` still has the pipe open, a thread notices it.

    Args:
        lifeline: the end for reading of a pipe whose other end only the parent has.
        parent: process id of the parent.
        with_group: whether all processes of its group end with it; the parent must belong to another group.
    """
    group = os.getpgrp() if with_group else None
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid() if group is None else -group)
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_watch, args=(lifeline, parent, group), name="kpipe lifeline", daemon=True).start()


def _watch(lifeline: int, parent: int, group: int | None) -> None:
    closed = select.poll()
    closed.register(lifeline, select.POLLIN)
    while not closed.poll(_INTERVAL * 1000) and os.getppid() == parent:
        pass
    if group is not None:
        os.killpg(group, signal.SIGKILL)
    os._exit(1)
