"""Progress of a training on a terminal."""

from __future__ import annotations

from typing import TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from kpipe.messages.escaped import escaped
from kpipe.messages.live_progress import LiveProgress
from kpipe.messages.reporter import LAYOUT, Reporter


class TerminalProgress(LiveProgress):
    """Draw the bar by control characters of a terminal; `close` removes it.

    Args:
        reporter: the reporter on whose stream the bar is drawn.
        epochs: number of epochs.
        steps: steps per epoch.
        began: start of the training in seconds of `time.perf_counter`, without interruptions; by default now.
    """

    def __init__(self, reporter: Reporter, epochs: int, steps: int, began: float | None = None) -> None:
        super().__init__(reporter, epochs, steps, began)
        self._console = Console(file=cast(TextIO, reporter.messages), force_terminal=True)
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn())
        self._bar = Progress(
            *columns,
            TextColumn("{task.fields[note]}"),
            console=self._console,
            auto_refresh=False,
            transient=True,
        )
        self._task: TaskID | None = None

    def close(self) -> None:
        """Remove the bar."""
        self._bar.stop()

    def _draw(self, title: str, step: int, note: str) -> None:
        if self._task is None:
            self._task = self._bar.add_task("", total=self.steps, note="")
            self._bar.start()
        self._bar.update(self._task, description=title, completed=step, note=note, refresh=True)

    def _line(self, text: str) -> None:
        self._console.print(escaped(text, LAYOUT), markup=False, emoji=False, highlight=False, soft_wrap=True)
        self.reporter.note(text)
