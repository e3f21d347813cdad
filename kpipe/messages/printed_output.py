"""What other code prints in a run is a message of the run."""

from __future__ import annotations

import io
import threading

from kpipe.messages.redirected_output import own_output
from kpipe.messages.reporter import Reporter


class Said(io.TextIOBase):
    r"""A stream in place of standard output, each line of which is said; blank ones are left out.

    What the program's other threads print, those that ran before this was made, goes where it went before.

    Args:
        reporter: takes the lines.

    Example:
        >>> reporter = Reporter(messages=io.StringIO())
        >>> print("stopped after", 3, file=Said(reporter))
        >>> reporter.messages.getvalue()
        'stopped after 3\n'
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._line = ""
        self._others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}

    def writable(self) -> bool:
        """It always takes text."""
        return True

    def write(self, text: str) -> int:
        """Says the lines that are complete."""
        if threading.get_ident() in self._others:
            return int(own_output().write(text))
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            if line.strip():
                self._reporter.say(line)
        return len(text)

    def end(self) -> None:
        """Says what has no end of its line yet."""
        if self._line:
            self.write("\n")
