"""Custom code of specs in the corpus: datasets made from those of scikit-learn, and a layer with a wrong gradient."""

import keras
import numpy as np
from sklearn.datasets import load_diabetes, load_digits, make_circles

from kpipe.data import ArrayDataset, OpenContext, Source, Target


def dataset(x, labels, target):
    parts = {"train": np.arange(len(x))}
    return ArrayDataset({"x": {"train": x}}, {"y": target}, {"y": labels}, parts)


class Circles(Source):
    """Two circles, one inside the other, which no line separates."""

    def open(self, context: OpenContext):
        x, labels = make_circles(600, noise=0.08, factor=0.5, random_state=0)
        return dataset(x.astype(np.float32), labels.astype(np.int64), Target("y", "classification", ("a", "b"), ()))


class RareDigit(Source):
    """The digit zero against all others, a tenth of the images."""

    def open(self, context: OpenContext):
        digits = load_digits()
        x = digits.data.astype(np.float32)
        return dataset(x, (digits.target == 0).astype(np.int64), Target("y", "classification", ("other", "zero"), ()))


class BadRows(Source):
    """The digits, of which a few rows contain a placeholder.

    Args:
        rows: the number of rows.
        value: the placeholder.
    """

    def __init__(self, rows: int = 20, value: float = 1e5):
        self.rows, self.value = rows, value

    def open(self, context: OpenContext):
        digits = load_digits()
        x = digits.data.astype(np.float32) / 16
        x[np.random.default_rng(0).choice(len(x), self.rows, replace=False)] = self.value
        names = tuple(map(str, range(10)))
        return dataset(x, digits.target.astype(np.int64), Target("y", "classification", names, ()))


class OtherUnits(Source):
    """The diabetes dataset in other units.

    Args:
        inputs: the factor of the inputs, whose deviation is 1.
        target: the factor of the target, whose mean is 152 and whose deviation is 77.
        offset: a number that is added to the target.
    """

    def __init__(self, inputs: float = 1.0, target: float = 1.0, offset: float = 0.0):
        self.inputs, self.target, self.offset = inputs, target, offset

    def open(self, context: OpenContext):
        diabetes = load_diabetes()
        x = (diabetes.data / diabetes.data.std(axis=0) * self.inputs).astype(np.float32)
        labels = (diabetes.target * self.target + self.offset).astype(np.float32)
        return dataset(x, labels, Target("y", "regression", None, ()))


class WrongTanh(keras.layers.Layer):
    """tanh(x) with the gradient of -tanh(x)."""

    def call(self, x):
        @keras.ops.custom_gradient
        def wrong(x):
            y = keras.ops.tanh(x)

            def grad(*args, upstream=None):
                upstream = args[0] if upstream is None else upstream
                return -upstream * (1 - y * y)

            return y, grad

        return wrong(x)
