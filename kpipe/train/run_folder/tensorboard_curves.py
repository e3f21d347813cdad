"""The curves of a training for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from kpipe.messages.training_position import TrainingPosition


class Curves:
    """Writes each metric as a scalar: those of training below `train`, those of validation below
    `validation`.

    Both carry the same names, so TensorBoard draws them into one picture. The x axis is the epoch;
    validations within epochs are drawn over the steps under `step/`.

    Args:
        folder: `tensorboard/` of the run.
        learning_rate: returns the optimizer's learning rate of this moment, or None.
    """

    def __init__(self, folder: Path, learning_rate: Callable[[], float | None]) -> None:
        self._folder = folder
        self._learning_rate = learning_rate
        self._writers: dict[str, Any] = {}

    def epoch_begins(self, epoch: int) -> None:
        """Nothing to draw yet."""

    def step_ends(self, step: int, logs: Any) -> None:
        """Nothing to draw yet."""

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Draw the metrics over the steps of the whole training."""
        named = {f"step/{name.removeprefix('val_')}": value for name, value in metrics.items()}
        self._write("validation", named, moment.step)

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Draw the metrics over the epochs."""
        validation = {name[4:]: value for name, value in metrics.items() if name.startswith("val_")}
        training = {name: value for name, value in metrics.items() if not name.startswith("val_")}
        rate = self._learning_rate()
        if rate is not None:
            training["learning_rate"] = rate
        self._write("train", training, moment.epoch)
        if validation:
            self._write("validation", validation, moment.epoch)

    def close(self) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()

    def _write(self, name: str, metrics: dict[str, float], step: int) -> None:
        if name not in self._writers:
            self._writers[name] = tf.summary.create_file_writer(str(self._folder / name))
        with self._writers[name].as_default():
            for metric, value in metrics.items():
                tf.summary.scalar(metric, value, step=step)
        self._writers[name].flush()
