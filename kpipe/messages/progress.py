"""The progress of a training in the form that fits where it is reported."""

from __future__ import annotations

from kpipe.messages.notebook_progress import NotebookProgress
from kpipe.messages.notebook_stream import NotebookStream
from kpipe.messages.plain_progress import PlainProgress
from kpipe.messages.reporter import Reporter
from kpipe.messages.terminal_progress import TerminalProgress


def progress(reporter: Reporter, epochs: int, steps: int, began: float | None = None) -> PlainProgress:
    """Return a progress bar for a terminal or a notebook, else plain lines; with `quiet` only the log has them."""
    if reporter.quiet:
        return PlainProgress(reporter, epochs, steps, began)
    if isinstance(reporter.messages, NotebookStream):
        return NotebookProgress(reporter, reporter.messages, epochs, steps, began)
    kind = TerminalProgress if reporter.terminal else PlainProgress
    return kind(reporter, epochs, steps, began)
