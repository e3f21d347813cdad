import keras
import pytest
from keras import layers

from kpipe.train.objective.output_activation import output_activation


def stacked(*parts, shape=(8, 8, 3)):
    tensor = keras.Input(shape)
    for part in parts:
        tensor = part(tensor)
    return tensor


NESTED = keras.Sequential([keras.Input((3,)), layers.Dense(2, activation="sigmoid")])


@pytest.mark.parametrize(
    ("parts", "shape", "expected"),
    [
        ([layers.Dense(3)], (4,), "logits"),
        ([layers.Dense(3, activation="softmax")], (4,), "softmax"),
        ([layers.Dense(3, activation="sigmoid")], (4,), "sigmoid"),
        ([layers.Dense(3, activation="relu")], (4,), "other"),
        ([layers.Dense(3), layers.Activation("softmax")], (4,), "softmax"),
        ([layers.Dense(3), layers.Softmax()], (4,), "softmax"),
        (
            [layers.Dense(3, activation="softmax"), layers.Activation("linear", dtype="float32")],
            (4,),
            "softmax",
        ),
        ([layers.Dense(3), layers.Activation("linear"), layers.Reshape((3, 1))], (4,), "logits"),
        ([layers.Conv2D(3, 1), layers.GlobalAveragePooling2D()], (8, 8, 3), "logits"),
        ([layers.Conv2D(3, 1, activation="relu"), layers.GlobalAveragePooling2D()], (8, 8, 3), "other"),
        ([layers.Dense(3), layers.BatchNormalization()], (4,), "logits"),
        ([layers.TimeDistributed(layers.Dense(3, activation="softmax"))], (5, 4), "softmax"),
        ([layers.LSTM(3)], (5, 4), "other"),
        ([NESTED], (3,), "sigmoid"),
        ([keras.ops.softmax], (3,), "softmax"),
        ([layers.Dense(3), lambda x: keras.ops.cast(x, "float32")], (4,), "logits"),
    ],
)
def test_what_the_last_layer_gives(parts, shape, expected):
    assert output_activation(stacked(*parts, shape=shape)) == expected


def test_an_average_is_what_all_its_parts_are():
    inputs = keras.Input((4,))
    heads = [layers.Dense(2, activation=name)(inputs) for name in ("softmax", "softmax", None)]
    assert output_activation(layers.Average()(heads[:2])) == "softmax"
    assert output_activation(layers.Average()(heads)) == "other"
    assert output_activation(layers.Add()(heads)) == "logits"
