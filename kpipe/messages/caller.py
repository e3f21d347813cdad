"""The command with which a run was started."""

from __future__ import annotations

import shlex
import sys

from kpipe.messages.call_argument import is_command_line


def caller() -> str:
    """Return the command line of this process, or `Python` if Python code calls kpipe.

    Example:
        >>> caller()
        'Python'
    """
    return shlex.join(["kpipe", *sys.argv[1:]]) if is_command_line() else "Python"
