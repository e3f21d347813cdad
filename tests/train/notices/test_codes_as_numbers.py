import keras
import numpy as np
import pytest
from golden import expect_message
from keras import layers

from kpipe.data.dataset import Column, Target
from kpipe.data.prepare.encode import Encode
from kpipe.data.prepare.one_hot import OneHot
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.table_dataset import TableDataset
from kpipe.train.notices.codes_as_numbers import codes_as_numbers

COLUMNS = (Column("town", "categorical"), Column("area", "numeric"))


def reported(*stack, stage=Encode, columns=COLUMNS):
    numeric = np.ones((4, len(columns) - 1))
    towns = np.array([["Ulm"], ["Rom"], ["Ulm"], ["Rom"]], object)
    target = {"y": Target("y", "regression", None, ())}
    labels = {"y": np.ones(4, np.float32)}
    dataset = TableDataset(columns, numeric, towns, {}, target, labels, {})
    prepared = PreparedData(dataset, {"train": np.arange(4)}, {"table": [stage()]})
    prepared.fit()
    inputs = {name: keras.Input(entry.shape, name=name) for name, entry in prepared.inputs.items()}
    tensor = prepared.prepare(inputs)["table"]
    for layer in stack:
        tensor = layer(tensor)
    return list(codes_as_numbers(keras.Model(inputs, tensor), prepared))


@pytest.mark.parametrize("columns", [COLUMNS, COLUMNS[:1]])
def test_codes_that_a_layer_reads_as_numbers(columns):
    (line,) = reported(layers.Flatten(), layers.Dense(3, name="first"), layers.Dense(1), columns=columns)
    expect_message(line)


@pytest.mark.parametrize(
    ("stack", "stage"),
    [
        ([layers.Embedding(3, 2), layers.Flatten(), layers.Dense(1)], Encode),
        ([layers.CategoryEncoding(3), layers.Dense(1)], Encode),
        ([keras.Sequential([layers.Embedding(3, 2), layers.Flatten()]), layers.Dense(1)], Encode),
        ([layers.Dense(1)], OneHot),
    ],
)
def test_codes_that_are_looked_up(stack, stage):
    assert reported(*stack, stage=stage) == []
