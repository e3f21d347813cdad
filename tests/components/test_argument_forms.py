from importlib import import_module

import pytest

from kpipe.components import vocabulary
from kpipe.components.argument_forms import Form, form_of, resolved

from .marked import node


@pytest.mark.parametrize(
    ("kind", "name", "argument", "text", "form"),
    [
        ("layer", "Dense", "units", "3", Form.PLAIN),
        ("layer", "Dense", "activation", "relu", Form.PLAIN),
        ("layer", "Dense", "activation", "LeakyReLU", Form.COMPONENT),
        ("layer", "Dense", "activation", "{LeakyReLU: {}}", Form.COMPONENT),
        ("layer", "Dense", "kernel_initializer", "zeros", Form.NAME),
        ("layer", "Dense", "kernel_initializer", "Zeros", Form.COMPONENT),
        ("layer", "Dense", "kernel_initializer", "null", Form.PLAIN),
        ("layer", "TimeDistributed", "layer", "[ReLU]", Form.COMPONENT),
        ("layer", "RNN", "cell", "[{LSTMCell: {units: 3}}]", Form.COMPONENTS),
        ("optimizer", "SGD", "learning_rate", "0.1", Form.PLAIN),
        ("optimizer", "SGD", "learning_rate", "CosineDecay", Form.COMPONENT),
        ("optimizer", "SGD", "learning_rate", "CosinDecay", Form.COMPONENT),
        ("optimizer", "SGD", "learning_rate", "fast", Form.PLAIN),
    ],
)
def test_the_form_of_a_value(kind, name, argument, text, form):
    assert form_of(node(text), vocabulary().find(kind, name).arguments[argument]) is form


def test_an_application_can_replace_a_layer():
    assert resolved("layer", "ResNet50").kind == "application"
    assert resolved("application", "Dense") is None


@pytest.mark.parametrize("kind", ["initializer", "regularizer", "constraint"])
def test_strings_that_keras_knows(kind):
    module = import_module(f"keras.src.{kind}s")
    # `constant` cannot be made from its name alone.
    assert set(vocabulary().texts(kind)) == set(module.ALL_OBJECTS_DICT) - {"Constant", "constant"}
