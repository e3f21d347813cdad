"""What other code prints in a run is a message of the run."""

from __future__ import annotations

import io

from kpipe.train.reporter import Reporter


class Said(io.TextIOBase):
    r"""A stream in place of standard output, each line of which is said; blank ones are left out.

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

    def writable(self) -> bool:
        """It always takes text."""
        return True

    def write(self, text: str) -> int:
        """Says the lines that are complete."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            if line.strip():
                self._reporter.say(line)
        return len(text)

    def end(self) -> None:
        """Says what has no end of its line yet."""
        if self._line:
            self.write("\n")
