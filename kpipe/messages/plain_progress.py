"""Progress of a training as lines."""

from __future__ import annotations

import time
from typing import Any

from kpipe.messages.metrics_text import duration, metrics_text
from kpipe.messages.reporter import Reporter
from kpipe.messages.training_position import TrainingPosition


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
