"""Conversion of the output of other code in a run to messages of the run."""

from __future__ import annotations

import io
import threading

from kpipe.messages.redirected_output import own_output
from kpipe.messages.reporter import Reporter


class PrintedOutput(io.TextIOBase):
    r"""A replacement of standard output that reports each line that is not empty.

    The output of threads that were started before this object is not redirected.

    Args:
        reporter: receives the lines.

    Example:
        >>> reporter = Reporter(messages=io.StringIO())
        >>> print("stopped after", 3, file=PrintedOutput(reporter))
        >>> reporter.messages.getvalue()
        'stopped after 3\n'
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._line = ""
        self._others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Report all complete lines."""
        if threading.get_ident() in self._others:
            return int(own_output().write(text))
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            if line.strip():
                self._reporter.say(line)
        return len(text)

    def end(self) -> None:
        """Report the last line if it has no line break."""
        if self._line:
            self.write("\n")
