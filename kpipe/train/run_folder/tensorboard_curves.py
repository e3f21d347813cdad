"""The curves of a training for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from kpipe.messages.training_position import TrainingPosition


class Curves:
    """Writes each metric as a scalar for TensorBoard, to `train` or `validation`.

    Both use the same names, so that TensorBoard draws them into one plot. The x axis is the epoch; the metrics of
    validations within epochs have the prefix `step/`, and their x axis is the step.

    Args:
        folder: the folder `tensorboard/` of the run.
        learning_rate: returns the current learning rate of the optimizer, or None.
    """

    def __init__(self, folder: Path, learning_rate: Callable[[], float | None]) -> None:
        self._folder = folder
        self._learning_rate = learning_rate
        self._writers: dict[str, Any] = {}

    def epoch_begins(self, epoch: int) -> None:
        """Do nothing; scalars are written at the end of an epoch."""

    def step_ends(self, step: int, logs: Any) -> None:
        """Do nothing; scalars are written at the end of an epoch."""

    def validated(self, moment: TrainingPosition, metrics: dict[str, float]) -> None:
        """Write the metrics of a validation within an epoch."""
        named = {f"step/{name.removeprefix('val_')}": value for name, value in metrics.items()}
        self._write("validation", named, moment.step)

    def epoch_ends(self, moment: TrainingPosition, metrics: dict[str, float], seconds: float) -> None:
        """Write the metrics of an epoch."""
        validation = {name[4:]: value for name, value in metrics.items() if name.startswith("val_")}
        training = {name: value for name, value in metrics.items() if not name.startswith("val_")}
        learning_rate = self._learning_rate()
        if learning_rate is not None:
            training["learning_rate"] = learning_rate
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
