from types import SimpleNamespace

import keras
from golden import expect_message

from kpipe.train.notices.unread_inputs import unread_inputs

DATA = SimpleNamespace(inputs=dict.fromkeys(("a", "b", "c")))


def model(*read):
    inputs = {name: keras.Input((2,), name=name) for name in DATA.inputs}
    tensors = [inputs[name] for name in read]
    dense = keras.layers.Dense(1)
    return keras.Model(inputs, dense(keras.layers.Concatenate()(tensors) if len(tensors) > 1 else tensors[0]))


def test_inputs_that_no_layer_reads_are_reported():
    expect_message(unread_inputs(model("b"), DATA))
    expect_message(unread_inputs(model("a", "c"), DATA))
    assert unread_inputs(model("a", "b", "c"), DATA) is None


def test_call_arguments_and_outputs_are_read():
    query, value, other = (keras.Input((3, 2), name=name) for name in DATA.inputs)
    attended = keras.layers.MultiHeadAttention(1, 2)(query, value=value)
    assert unread_inputs(keras.Model({"a": query, "b": value, "c": other}, [attended, other]), DATA) is None
    assert unread_inputs(keras.Sequential([keras.Input((2,), name="a"), keras.layers.Dense(1)]), DATA) is None
