"""The curves of a training for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from kpipe_callbacks import LayerValues

from kpipe.messages.training_position import TrainingPosition

#: The attributes of `LayerValues` that are curves.
_STATISTICS = ("mean", "deviation", "dead", "saturated", "gradient_norm", "weight_norm", "update_ratio")

#: The number of buckets of a histogram.
_BUCKETS = 30


class Curves:
    """Writes each metric as a scalar for TensorBoard, to `train` or `validation`, and statistics of layers to `train`.

    Both use the same names, so that TensorBoard draws them into one plot. The x axis is the epoch. The metrics of
    validations within epochs have the prefix `step/`, and the statistics of a layer the prefix `layers/NAME/`; their x
    axis is the step.

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

    def measured(self, step: int, layers: Sequence[LayerValues]) -> None:
        """Write the statistics of layers as scalars, and their outputs as histograms."""
        summary = tf.compat.v1.Summary()
        for layer in layers:
            prefix = f"layers/{layer.layer}"
            for name in _STATISTICS:
                value = getattr(layer, name)
                if value is not None:
                    summary.value.add(tag=f"{prefix}/{name}", simple_value=value)
            finite = layer.outputs[np.isfinite(layer.outputs)]
            if len(finite):
                summary.value.add(tag=f"{prefix}/outputs", histo=_histogram(finite))
        # One operation writes all, since an operation for each takes as long as several steps of a small model.
        with self._writer("train").as_default():
            tf.summary.experimental.write_raw_pb(summary.SerializeToString(), step=step)
        self._writer("train").flush()

    def close(self) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()

    def _write(self, name: str, metrics: dict[str, float], step: int) -> None:
        with self._writer(name).as_default():
            for metric, value in metrics.items():
                tf.summary.scalar(metric, value, step=step)
        self._writer(name).flush()

    def _writer(self, name: str) -> Any:
        if name not in self._writers:
            self._writers[name] = tf.summary.create_file_writer(str(self._folder / name))
        return self._writers[name]


def _histogram(values: Any) -> Any:
    counts, edges = np.histogram(values.astype(np.float64), _BUCKETS)
    return tf.compat.v1.HistogramProto(
        min=edges[0],
        max=edges[-1],
        num=len(values),
        sum=values.sum(dtype=np.float64),
        sum_squares=np.square(values, dtype=np.float64).sum(),
        bucket_limit=edges[1:],
        bucket=counts,
    )
