"""Setup of standard output and standard error for unencodable text and closed readers."""

from __future__ import annotations

import io
import os
import sys
from types import TracebackType
from typing import TextIO


def escape_undisplayable() -> None:
    """Escape characters that the terminal cannot encode in text without a reporter, such as `--help` and tracebacks."""
    sys.excepthook = _print_traceback
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def forget_unwritten(stream: TextIO | None) -> None:
    """Drop the text of a stream that cannot be written to, about which Python would complain at exit."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    import traceback

    from kpipe.messages.escaped import escaped

    print(escaped("".join(traceback.format_exception(kind, error, trace)), keep="\n\t"), end="", file=sys.stderr)
