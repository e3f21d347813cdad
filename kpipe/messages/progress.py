"""Progress of a training on the terminal."""

from __future__ import annotations

import time
from typing import Any, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from kpipe.messages.escaped import escaped
from kpipe.messages.reporter import LAYOUT, Reporter
from kpipe.messages.training_position import TrainingPosition

#: Minimum seconds between two redraws, and between two reads of the loss, which wait for the device.
REDRAW = 0.2
READ_LOSS = 0.5


class PlainProgress:
    """Print one line at the end of each epoch, with the remaining time.

    Args:
        reporter: receives the lines.
        epochs: number of epochs.
        steps: steps per epoch.
        began: start of the training in seconds of `time.perf_counter`, without interruptions; by default now.
    """

    def __init__(self, reporter: Reporter, epochs: int, steps: int, began: float | None = None) -> None:
        self.reporter = reporter
        self.epochs = epochs
        self.steps = steps
        self._began = time.perf_counter() if began is None else began

    def epoch_begins(self, epoch: int) -> None:
        """Do nothing."""

    def step_ends(self, step: int, logs: Any) -> None:
        """Do nothing."""

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Print metrics of a validation within an epoch."""
        self._line(f"step {moment.step}  {metrics_text(metrics)}")

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Print the metrics of an epoch."""
        left = (time.perf_counter() - self._began) / moment.epoch * (self.epochs - moment.epoch)
        times = duration(seconds) + (f", {duration(left)} left" if moment.epoch < self.epochs else "")
        self._line(f"epoch {moment.epoch:>{len(str(self.epochs))}}/{self.epochs}  {metrics_text(metrics)}  {times}")

    def close(self) -> None:
        """Do nothing."""

    def _line(self, text: str) -> None:
        self.reporter.say(text)


class TerminalProgress(PlainProgress):
    """Print the lines of `PlainProgress` above a bar with the step, the loss and the remaining time.

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
        self._drawn = self._loss_read = self._epoch_began = 0.0
        self._epoch = 0
        self._loss = ""

    def epoch_begins(self, epoch: int) -> None:
        """Start the bar of an epoch."""
        self._epoch, self._epoch_began, self._loss = epoch, time.perf_counter(), ""
        if self._task is None:
            self._task = self._bar.add_task("", total=self.steps, note="")
            self._bar.start()
        self._bar.update(self._task, description=f"epoch {epoch}/{self.epochs}", completed=0, note="", refresh=True)

    def step_ends(self, step: int, logs: Any) -> None:
        """Update the bar, at most every `REDRAW` seconds, and the loss, at most every `READ_LOSS` seconds."""
        now = time.perf_counter()
        if self._task is None or now - self._drawn < REDRAW:
            return
        self._drawn = now
        if now - self._loss_read >= READ_LOSS:
            self._loss_read = now
            self._loss = f"loss {float(logs['loss']):.4g}"
        self._bar.update(self._task, completed=step, note=self._note(step, now), refresh=True)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.stop()

    def _note(self, step: int, now: float) -> str:
        left = (now - self._epoch_began) / step * (self.steps - step)
        done = (self._epoch - 1) * self.steps + step
        whole = (now - self._began) / done * (self.epochs * self.steps - done)
        return f"{self._loss}  {duration(left)} left, {duration(whole)} in all".strip()

    def _line(self, text: str) -> None:
        self._console.print(escaped(text, LAYOUT), markup=False, emoji=False, highlight=False, soft_wrap=True)
        self.reporter.note(text)


def progress(reporter: Reporter, epochs: int, steps: int, began: float | None = None) -> PlainProgress:
    """Return a progress bar for a terminal, else plain lines; with `quiet` they are written only to the log."""
    kind = TerminalProgress if reporter.terminal and not reporter.quiet else PlainProgress
    return kind(reporter, epochs, steps)


def metrics_text(metrics: dict[str, float]) -> str:
    """Return metrics as one line.

    Example:
        >>> metrics_text({"loss": 0.123456, "accuracy": 0.5})
        'loss 0.1235  accuracy 0.5000'
    """
    return "  ".join(f"{escaped(name)} {number(value)}" for name, value in metrics.items())


def number(value: float) -> str:
    """Return a number with four digits, with an exponent if it is very small or large."""
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.3e}"


def duration(seconds: float) -> str:
    """Return a time span in its two largest units.

    Example:
        >>> duration(3.21), duration(75), duration(7260)
        ('3.2 s', '1 min 15 s', '2 h 01 min')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"
