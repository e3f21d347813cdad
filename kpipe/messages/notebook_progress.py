"""Progress of a training in a notebook."""

from __future__ import annotations

from kpipe.messages.live_progress import LiveProgress
from kpipe.messages.notebook_stream import NotebookStream
from kpipe.messages.reporter import Reporter

#: Characters of the bar.
_WIDTH = 24


class NotebookProgress(LiveProgress):
    """Draw the bar as the last line of a notebook stream; `close` removes it.

    Args:
        reporter: the reporter of the messages.
        stream: its stream.
        epochs: number of epochs.
        steps: steps per epoch.
        began: start of the training in seconds of `time.perf_counter`, without interruptions; by default now.
    """

    def __init__(
        self, reporter: Reporter, stream: NotebookStream, epochs: int, steps: int, began: float | None = None
    ) -> None:
        super().__init__(reporter, epochs, steps, began)
        self._stream = stream

    def close(self) -> None:
        """Remove the bar."""
        self._stream.set_last_line("")

    def _draw(self, title: str, step: int, note: str) -> None:
        done = _WIDTH * step // self.steps
        bar = "█" * done + "░" * (_WIDTH - done)
        self._stream.set_last_line(f"{title} {bar} {step}/{self.steps} {note}".rstrip())
