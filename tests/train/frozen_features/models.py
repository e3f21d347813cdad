"""Models with frozen layers, each with the operations of its frozen part and the bytes of its features."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras

from kpipe.keras_internals import keep_in_inference, stop_gradient_after
from kpipe.layers import StochasticDepth
from kpipe.model.untrained_layers import untrained_layers

L = keras.layers


@dataclass(frozen=True)
class Case:
    """A model.

    Args:
        build: returns the model, before `frozen` is frozen.
        frozen: the names of the frozen layers.
        part: the names of the operations of its frozen part.
        nbytes: the bytes of the features of a sample.
        refusals: why further operations do not belong to the part.
        silences: whether frozen layers are in inference.
    """

    build: Callable[[], Any]
    frozen: list[str]
    part: list[str]
    nbytes: int | None
    refusals: list[str] = field(default_factory=list)
    silences: bool = True

    def model(self):
        """Return the model with its frozen layers."""
        keras.utils.set_random_seed(1)
        made = self.build()
        flat = {layer.name: layer for layer in made._flatten_layers()}
        for name in self.frozen:
            flat[name].trainable = False
            if self.silences or flat[name].non_trainable_weights:
                keep_in_inference(flat[name])
        for layer in untrained_layers(made):
            if layer.name in self.frozen:
                stop_gradient_after(layer, [flat[name] for name in self.frozen])
        return made


def chain(shape, *layers, dtype=None):
    x = tensor = keras.Input(shape, dtype=dtype)
    for layer in layers:
        tensor = layer(tensor)
    return keras.Model(x, tensor)


def convolution(name, filters=4, **arguments):
    return L.Conv2D(filters, 3, padding="same", name=name, **arguments)


def plain():
    return chain(
        (4, 4, 3), convolution("a"), L.BatchNormalization(name="b"), L.ReLU(name="c"), L.Flatten(name="d"), L.Dense(2)
    )


def skips():
    x = keras.Input((4, 4, 3))
    a = convolution("a")(x)
    b = L.MaxPooling2D(name="b")(convolution("b0")(a))
    trained = convolution("t", strides=2)(a)
    return keras.Model(x, L.Flatten()(L.Concatenate()([b, trained])))


def several():
    x, y = keras.Input((4,), name="x"), keras.Input((2,), name="y", dtype="int32")
    a = L.Dense(3, name="a")(x)
    b = L.Dense(5)(L.Concatenate()([a, keras.ops.cast(y, "float32")]))
    return keras.Model({"x": x, "y": y}, {"first": L.Dense(1)(b), "second": L.Dense(2, name="out")(a)})


def network():
    x = keras.Input((4, 4, 3))
    middle = convolution("a")(x)
    inner = keras.Model(x, convolution("t", 2)(L.ReLU(name="b")(middle)), name="inner")
    y = keras.Input((4, 4, 3))
    return keras.Model(y, L.Flatten()(inner(L.Rescaling(0.5, name="scale")(y))))


def shared():
    x = keras.Input((4,))
    dense = L.Dense(4, name="a")
    return keras.Model(x, L.Dense(2)(L.Add(name="sum")([dense(x), dense(dense(x))])))


def texts():
    return chain((5,), L.Embedding(9, 4, mask_zero=True, name="e"), L.LSTM(3, name="a"), L.Dense(2), dtype="int32")


def lookup():
    return chain((5,), L.Embedding(9, 4, name="e"), L.Flatten(name="f"), L.Dense(2), dtype="int32")


def masked():
    layers = [L.Dense(6, name="a"), L.Masking(name="m"), L.LSTM(3), L.Dense(2)]
    return chain((5, 4), *layers)


def padded():
    return chain((4, 4, 3), convolution("a"), L.ZeroPadding2D(1, name="p"), L.ReLU(name="r"), L.Conv2D(2, 3))


def dropped():
    return chain((4,), L.Dense(6, name="a"), L.Dropout(0.5, name="d"), L.Dense(3, name="b"), L.Dense(2))


def noisy():
    return chain((4,), L.GaussianNoise(1.0, name="noise"), L.Dense(3, name="a"), L.Dense(2))


def penalized():
    return chain((4,), L.Dense(6, name="a", activity_regularizer="l2"), L.Dense(3, name="b"), L.Dense(2))


def statistics():
    return chain((4,), L.BatchNormalization(center=False, scale=False, name="norm"), L.Dense(3, name="a"), L.Dense(2))


def above():
    return chain((4,), L.Dense(3), L.Dense(2, name="a"))


def frozen_outputs():
    x = keras.Input((4,))
    a = L.Dense(3, name="a")(x)
    return keras.Model(x, {"known": a, "trained": L.Dense(2)(a)})


def deep():
    return chain(
        (4,), StochasticDepth(L.Dense(4), 0.5, name="a"), L.Dropout(0.5, name="d"), L.Dense(3, name="b"), L.Dense(2)
    )


CASES: dict[str, Case] = {
    "convolutions": Case(plain, ["a", "b"], ["a", "b", "c", "d"], 256),
    "two tensors": Case(skips, ["a", "b0"], ["a", "b0", "b"], 4 * (64 + 16)),
    "two inputs and outputs": Case(several, ["a"], ["a", "cast"], 4 * (3 + 2)),
    "inside of a network": Case(network, ["a"], ["scale", "a", "b"], 256),
    "a layer that is called twice": Case(shared, ["a"], ["a", "sum"], 16),
    "a mask inside of the part": Case(texts, ["e", "a"], ["e", "not_equal", "a"], 12),
    "a lookup": Case(lookup, ["e"], [], 20),
    "a mask at its end": Case(masked, ["a"], ["a"], 120),
    "padding at its end": Case(padded, ["a"], ["a"], 256),
    "dropout that is on": Case(dropped, ["a", "d", "b"], ["a"], 24, ["d is random in training"], silences=False),
    "dropout that is off": Case(dropped, ["a", "d", "b"], ["a", "d", "b"], 12),
    "noise": Case(noisy, ["a"], [], 16, ["noise is random in training"]),
    "a loss": Case(penalized, ["a", "b"], [], 16, ["a adds a loss"]),
    "statistics that change": Case(statistics, ["a"], [], 16, ["norm changes its state in training"]),
    "a trained layer below": Case(above, ["a"], [], 16),
    "an output of a frozen layer": Case(frozen_outputs, ["a"], ["a"], 12),
    "stochastic depth that is off": Case(deep, ["a", "d", "b"], ["a", "d", "b"], 12),
}
