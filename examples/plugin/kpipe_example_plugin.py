"""Four components for kpipe: annotations define the checks, and editors show the docstrings."""

import keras
import numpy as np

from kpipe.data import ArrayDataset, Preparation, Source, Target


class Sine(keras.layers.Layer):
    """Compute sin(frequency x), a periodic activation (Sitzmann et al., arXiv:2006.09661).

    Args:
        frequency: angular frequency of the sine.
    """

    def __init__(self, frequency: float = 30.0, **kwargs):
        super().__init__(**kwargs)
        self.frequency = frequency

    def call(self, inputs):  # noqa: D102
        return keras.ops.sin(self.frequency * inputs)


class StopAt(keras.callbacks.Callback):
    """Stop training when the validation accuracy reaches a threshold.

    Args:
        accuracy: the threshold.
    """

    def __init__(self, accuracy: float):
        super().__init__()
        self.accuracy = accuracy

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102
        self.model.stop_training = logs["val_accuracy"] >= self.accuracy


class Spirals(Source):
    """Points on two intertwined spirals, which are not linearly separable (Lang and Witbrock 1988).

    Args:
        samples: number of points, half of them on each spiral.
        turns: number of turns of each spiral.
    """

    def __init__(self, samples: int = 1000, turns: float = 1.5):
        self.samples, self.turns = samples, turns

    def input_names(self):  # noqa: D102
        return ["x"]

    def open(self, context):  # noqa: D102
        label = np.arange(self.samples) % 2
        radius = np.sqrt(np.random.default_rng(0).uniform(0.02, 1, self.samples))
        angle = np.pi * (2 * self.turns * radius + label)
        points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)
        return ArrayDataset(
            {"x": {"train": points}}, {"y": Target("y", "classification", ("left", "right"), ())}, {"y": label}
        )


class Clip(Preparation):
    """Clip values to [-limit, limit]; after `Standardize`, this limits the effect of outliers.

    Args:
        limit: largest absolute value, above 0.
    """

    fits = False

    def __init__(self, limit: float = 3.0):
        self.limit = limit

    def transform(self, batch):  # noqa: D102
        return np.clip(batch, -self.limit, self.limit)

    def build(self, tensor, name):  # noqa: D102
        return keras.ops.clip(tensor, -self.limit, self.limit)
