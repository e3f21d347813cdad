import keras
import numpy as np
import pytest
from golden import expect_message

from kpipe.data.dataset import Column, Dataset, Input, Target
from kpipe.data.prepare.rescale import Rescale
from kpipe.data.prepare.standardize import Standardize
from kpipe.data.prepared import PreparedData
from kpipe.train.notices.scaled_twice import scaled_twice

layers = keras.layers
BYTES = np.arange(23 * 48, dtype=np.int64).reshape(23, 4, 4, 3) % 256
IMAGENET = {"mean": [123.7, 116.3, 103.5], "variance": [3409.0, 3262.0, 3290.0]}


class Held(Dataset):
    """Raw values of one input; 18 of 23 samples are the training part."""

    def __init__(self, entry, raw):
        targets = {"y": Target("y", "classification", ("a", "b"), ())}
        parts = {"train": np.arange(18), "test": np.arange(18, 23)}
        super().__init__({entry.name: entry}, targets, {"y": np.arange(23) % 2}, parts)
        self.raw = raw

    def read(self, indices):
        rows = {key: value[indices] for key, value in self.raw.items()} if isinstance(self.raw, dict) else None
        return dict.fromkeys(self.inputs, self.raw[indices] if rows is None else rows)


def fitted(entry, raw, stages):
    dataset = Held(entry, raw)
    data = PreparedData(dataset, dataset.parts, {entry.name: stages})
    data.fit()
    return data


def nested(*inner):
    inputs = keras.Input((4, 4, 3))
    values = inputs
    for layer in inner:
        values = layer(values)
    return keras.Model(inputs, layers.Conv2D(2, 1)(values), name="network")


def reported(values, stages, *own):
    data = fitted(Input("x", "array", values.shape[1:], values.dtype.name), values, stages)
    inputs = {"x": keras.Input(values.shape[1:], dtype=data.inputs["x"].dtype, name="x")}
    tensor = data.prepare(inputs)["x"]
    for layer in own:
        tensor = layer(tensor)
    return scaled_twice(keras.Model(inputs["x"], tensor), data)


@pytest.mark.parametrize(
    "wrapped", [lambda model: model, lambda model: keras.Sequential([keras.Input((4, 4, 3)), model])]
)
def test_a_network_that_rescales_its_input_itself(wrapped):
    network = nested(layers.ZeroPadding2D(), layers.Rescaling(1 / 255, name="own"))
    (line,) = reported(BYTES, [Rescale()], wrapped(network))
    expect_message(line)
    assert reported(BYTES, [], wrapped(network)) == []


def test_a_network_that_normalizes_bytes():
    normalization = layers.Normalization(**IMAGENET, name="own")
    (line,) = reported(BYTES, [Rescale()], nested(normalization))
    expect_message(line)
    assert reported(BYTES, [], nested(normalization)) == []


def test_other_preparations_make_values_small_too():
    network = nested(layers.Rescaling(1 / 127.5, -1.0))
    (line,) = reported(BYTES, [Standardize()], network)
    expect_message(line)
    (line,) = reported((BYTES / 255).astype(np.float32), [], network)
    expect_message(line)


def test_a_layer_that_the_spec_writes_itself():
    (line,) = reported(BYTES, [Rescale()], layers.Rescaling(1 / 255, name="again"), layers.Dense(2))
    expect_message(line)
    (line,) = reported((BYTES / 255).astype(np.float32), [], layers.Rescaling(1 / 255, name="once"), layers.Dense(2))
    expect_message(line)


@pytest.mark.parametrize("low", [0, -1])
def test_floats_that_are_scaled_already(low):
    values = np.linspace(low, 1, 23 * 3).reshape(23, 3).astype(np.float32)
    (line,) = reported(values, [Rescale()], layers.Dense(2))
    expect_message(line)


def test_rescale_twice_in_the_preparation():
    (line,) = reported(BYTES, [Rescale(), Rescale()], layers.Dense(2))
    expect_message(line)


@pytest.mark.parametrize(
    "own",
    [
        [layers.Rescaling(2.0, -1.0)],
        [layers.Normalization(mean=[0.48, 0.46, 0.41], variance=[0.05, 0.05, 0.05])],
        [layers.Conv2D(2, 1), layers.Rescaling(1 / 255)],
        [layers.Dense(2)],
    ],
    ids=["to [-1, 1]", "normalized after [0, 1]", "after weights", "nothing"],
)
def test_what_is_right_is_not_reported(own):
    assert reported(BYTES, [Rescale()], *own) == []


def test_large_floats_may_be_rescaled_and_constants_have_no_scale():
    assert reported((BYTES * 1.0).astype(np.float32), [Rescale()], layers.Dense(2)) == []
    assert reported(np.ones((23, 3), np.float32), [Rescale()], layers.Dense(2)) == []


def test_in_a_table_the_columns_of_numbers_count():
    values = {"numeric": np.linspace(0, 200, 46).reshape(23, 2), "categorical": np.full((23, 0), "", object)}
    columns = (Column("area", "numeric"), Column("price", "numeric"))
    data = fitted(Input("table", "table", (2,), "float64", columns), values, [Rescale()])
    before, after = data.ranges()["table"]
    assert before.high == pytest.approx(200 * 35 / 45)
    assert after.high == pytest.approx(before.high / 255)
