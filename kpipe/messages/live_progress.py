"""Progress of a training with a line that changes in place."""

from __future__ import annotations

import abc
import time
from typing import Any

from kpipe.messages.metrics_text import duration
from kpipe.messages.plain_progress import PlainProgress
from kpipe.messages.reporter import Reporter

#: Minimum seconds between two redraws, and between two reads of the loss, which wait for the device.
REDRAW = 0.2
READ_LOSS = 0.5


class LiveProgress(PlainProgress, abc.ABC):
    """Print the lines of `PlainProgress` above a bar with the step, the loss and the remaining time.

    Args:
        reporter: the reporter on whose stream the bar is drawn.
        epochs: number of epochs.
        steps: steps per epoch.
        began: start of the training in seconds of `time.perf_counter`, without interruptions; by default now.
    """

    def __init__(self, reporter: Reporter, epochs: int, steps: int, began: float | None = None) -> None:
        super().__init__(reporter, epochs, steps, began)
        self._drawn = self._loss_read = self._epoch_began = 0.0
        self._epoch = 0
        self._loss = ""

    @abc.abstractmethod
    def _draw(self, title: str, step: int, note: str) -> None:
        """Draw the bar of an epoch."""

    def epoch_begins(self, epoch: int) -> None:
        """Start the bar of an epoch."""
        self._epoch, self._epoch_began, self._loss = epoch, time.perf_counter(), ""
        self._draw(self._title(), 0, "")

    def step_ends(self, step: int, logs: Any) -> None:
        """Update the bar, at most every `REDRAW` seconds, and the loss, at most every `READ_LOSS` seconds."""
        now = time.perf_counter()
        if now - self._drawn < REDRAW:
            return
        self._drawn = now
        if now - self._loss_read >= READ_LOSS:
            self._loss_read = now
            self._loss = f"loss {float(logs['loss']):.4g}"
        self._draw(self._title(), step, self._note(step, now))

    def _title(self) -> str:
        return f"epoch {self._epoch}/{self.epochs}"

    def _note(self, step: int, now: float) -> str:
        left = (now - self._epoch_began) / step * (self.steps - step)
        done = (self._epoch - 1) * self.steps + step
        whole = (now - self._began) / done * (self.epochs * self.steps - done)
        return f"{self._loss}  {duration(left)} left, {duration(whole)} in all".strip()
