"""Learning rates that decay from the output to the input."""

import pytest
from golden import raises

from kpipe.components.quiet_import import import_keras
from kpipe.errors import ArgumentError
from kpipe.model.model_layers import ModelLayer
from kpipe.model.multipliers import LayerDecay

keras = import_keras()


def test_layers_without_a_kernel_have_the_factor_of_the_one_before():
    layers = [
        keras.layers.BatchNormalization(name="input_norm"),
        keras.layers.Dense(3, name="first"),
        keras.layers.BatchNormalization(name="norm"),
        keras.layers.Dense(3, name="second"),
        keras.layers.Dense(2, name="head"),
    ]
    keras.Sequential([keras.Input((4,)), *layers])
    found = LayerDecay(0.5).factors([ModelLayer(layer.name, layer) for layer in layers], None)
    assert found == {"input_norm": 0.25, "first": 0.25, "norm": 0.25, "second": 0.5, "head": 1.0}


def test_a_factor_of_one_changes_nothing():
    layer = keras.layers.Dense(3)
    layer.build((None, 2))
    assert LayerDecay(1.0).factors([ModelLayer("a", layer)], None) == {"a": 1.0}


@pytest.mark.parametrize("factor", [0, 1.5, float("nan")])
def test_the_factor_has_a_range(factor):
    with raises(ArgumentError):
        LayerDecay(factor)
