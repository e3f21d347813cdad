"""How a training that runs looks on the screen."""

from __future__ import annotations

import time
from typing import Any, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from kpipe.messages.escaped import escaped
from kpipe.messages.reporter import LAYOUT, Reporter
from kpipe.messages.training_position import TrainingPosition

#: Seconds between two redraws, and between two looks at the loss, which wait for the device.
REDRAW = 0.2
LOOK = 0.5


class PlainProgress:
    """One line at the end of each epoch, with the time that is left.

    Args:
        reporter: where the lines go.
        epochs: of the whole training.
        steps: of an epoch.
        began: when the training began or, after interruptions, would have begun; by default now.
    """

    def __init__(self, reporter: Reporter, epochs: int, steps: int, began: float | None = None) -> None:
        self.reporter = reporter
        self.epochs = epochs
        self.steps = steps
        self._began = time.perf_counter() if began is None else began

    def epoch_begins(self, epoch: int) -> None:
        """Nothing to say yet."""

    def step_ends(self, step: int, logs: Any) -> None:
        """Nothing to say yet."""

    def validated(self, moment: TrainingPosition, figures: dict[str, float]) -> None:
        """Says the figures within an epoch."""
        self._line(f"step {moment.step}  {figures_text(figures)}")

    def epoch_ends(self, moment: TrainingPosition, figures: dict[str, float], seconds: float) -> None:
        """Says the figures of an epoch."""
        left = (time.perf_counter() - self._began) / moment.epoch * (self.epochs - moment.epoch)
        times = duration(seconds) + (f", {duration(left)} left" if moment.epoch < self.epochs else "")
        self._line(f"epoch {moment.epoch:>{len(str(self.epochs))}}/{self.epochs}  {figures_text(figures)}  {times}")

    def close(self) -> None:
        """Nothing is open."""

    def _line(self, text: str) -> None:
        self.reporter.say(text)


class TerminalProgress(PlainProgress):
    """The lines of `PlainProgress`, above a bar with the step, the loss and the time left.

    Args:
        reporter: where it is drawn.
        epochs: of the whole training.
        steps: of an epoch.
        began: when the training began or, after interruptions, would have begun; by default now.
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
        self._drawn = self._looked = self._epoch_began = 0.0
        self._epoch = 0
        self._loss = ""

    def epoch_begins(self, epoch: int) -> None:
        """Starts the bar of an epoch."""
        self._epoch, self._epoch_began, self._loss = epoch, time.perf_counter(), ""
        if self._task is None:
            self._task = self._bar.add_task("", total=self.steps, note="")
            self._bar.start()
        self._bar.update(self._task, description=f"epoch {epoch}/{self.epochs}", completed=0, note="", refresh=True)

    def step_ends(self, step: int, logs: Any) -> None:
        """Moves the bar, at most every `REDRAW` seconds; looks at the loss at most every `LOOK` seconds."""
        now = time.perf_counter()
        if self._task is None or now - self._drawn < REDRAW:
            return
        self._drawn = now
        if now - self._looked >= LOOK:
            self._looked = now
            self._loss = f"loss {float(logs['loss']):.4g}"
        self._bar.update(self._task, completed=step, note=self._note(step, now), refresh=True)

    def close(self) -> None:
        """Takes the bar away."""
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
    """The display that fits: a bar on a terminal, else plain lines; with `quiet` they go to the log alone."""
    kind = TerminalProgress if reporter.terminal and not reporter.quiet else PlainProgress
    return kind(reporter, epochs, steps)


def figures_text(figures: dict[str, float]) -> str:
    """Figures in a line.

    Example:
        >>> figures_text({"loss": 0.123456, "accuracy": 0.5})
        'loss 0.1235  accuracy 0.5000'
    """
    return "  ".join(f"{escaped(name)} {number(value)}" for name, value in figures.items())


def number(value: float) -> str:
    """A figure to four digits: fixed where that is readable, with an exponent elsewhere."""
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e4 else f"{value:.3e}"


def duration(seconds: float) -> str:
    """A time span in its largest two units.

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
