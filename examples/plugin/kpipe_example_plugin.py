"""Four components for kpipe. Annotations become the checks of a spec, docstrings its documentation."""

from typing import Literal

import keras
import numpy as np

from kpipe.data.dataset import Dataset, Target
from kpipe.data.prepare.preparation import Batch, Preparation
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.data.sources.source import OpenContext, Source
from kpipe.errors import ArgumentError


class Sine(keras.layers.Layer):
    """sin(frequency x), which fits what turns and repeats (Sitzmann et al., arXiv:2006.09661).

    Args:
        frequency: how fast it oscillates.
    """

    def __init__(self, frequency: float = 30.0, **kwargs):
        super().__init__(**kwargs)
        self.frequency = frequency

    def call(self, inputs):  # noqa: D102
        return keras.ops.sin(self.frequency * inputs)


class StopAt(keras.callbacks.Callback):
    """Ends the training once a figure is good enough.

    Args:
        value: what is good enough.
        monitor: the figure, such as `val_accuracy`.
        mode: whether it should become small or large.
    """

    def __init__(self, value: float, monitor: str = "val_accuracy", mode: Literal["min", "max"] = "max"):
        super().__init__()
        self.value, self.monitor, self.mode = value, monitor, mode

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102
        figure = (logs or {}).get(self.monitor)
        if figure is not None and (figure >= self.value if self.mode == "max" else figure <= self.value):
            self.model.stop_training = True


class Spirals(Source):
    """Two spirals around each other (Lang and Witbrock 1988): points of the plane, no line between the classes.

    Args:
        samples: how many points, half of them on each spiral.
        turns: how often a spiral goes around.
        noise: deviation of the points from their spiral, whose arms are 1 / turns apart.
        seed: of the noise.
    """

    def __init__(self, samples: int = 1000, turns: float = 1.5, noise: float = 0.03, seed: int = 0):
        if samples < 4:
            raise ArgumentError("samples", f"{samples} are too few for two spirals; at least 4")
        self.samples, self.turns, self.noise, self.seed = samples, turns, noise, seed

    def open(self, context: OpenContext) -> Dataset:  # noqa: D102
        generator, label = np.random.default_rng(self.seed), np.arange(self.samples) % 2
        radius = np.sqrt(generator.uniform(0.02, 1, self.samples))
        angle = np.pi * (2 * self.turns * radius + label)
        points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        points += generator.normal(0, self.noise, points.shape)
        target = Target("y", "classification", ("left", "right"), ())
        return ArrayDataset({"x": {"train": points.astype(np.float32)}}, {"y": target}, {"y": label.astype(np.int64)})


class Clip(Preparation):
    """Brings values into [-limit, limit]; after `Standardize`, keeps outliers from ruling the first layer.

    Args:
        limit: the largest size of a value, above 0.
    """

    fits = False

    def __init__(self, limit: float = 3.0):
        if not limit > 0:
            raise ArgumentError("limit", f"{limit} would leave nothing; it is a number above 0")
        self.limit = limit

    def transform(self, batch: Batch) -> Batch:  # noqa: D102
        return np.clip(batch, -self.limit, self.limit)

    def build(self, tensor, name):  # noqa: D102
        return keras.ops.clip(tensor, -self.limit, self.limit)
