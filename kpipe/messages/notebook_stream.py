"""A text stream that is shown in the cell of a notebook."""

from __future__ import annotations

import html
import io
from typing import Any

#: Lines of one output, after which another one begins, because an output is sent whole each time that it changes.
_LINES = 100


class NotebookStream(io.TextIOBase):
    """Show text as an output of the cell that runs, which changes in place, instead of as standard error.

    Text is shown line by line. A last line can be replaced until it is removed, such as a progress bar.

    Raises:
        ImportError: IPython is not installed.
    """

    def __init__(self) -> None:
        from IPython.display import display

        self._display: Any = display
        self._lines: list[str] = []
        self._part = self._last_line = ""
        self._output: Any = None

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Show all complete lines."""
        *lines, self._part = (self._part + text).split("\n")
        for line in lines:
            self._lines.append(line)
            self._show()
            if len(self._lines) >= _LINES:
                self._lines, self._output = [], None
        return len(text)

    def set_last_line(self, text: str) -> None:
        """Show text below all lines, in place of the last one; none if it is empty."""
        self._last_line = text
        self._show()

    def _show(self) -> None:
        text = "\n".join([*self._lines, *([self._last_line] if self._last_line else [])])
        shown = f'<pre style="margin: 0; white-space: pre-wrap">{html.escape(text)}</pre>'
        content = {"text/plain": text, "text/html": shown}
        if self._output is None:
            self._output = self._display(content, raw=True, display_id=True)
        else:
            self._output.update(content, raw=True)
