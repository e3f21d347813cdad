"""Two layers of one class without a nonlinearity between them are reported, unless they factorize a matrix."""

from dataclasses import replace

import pytest
from checks.static.networks import call, chain, dense, found

from kpipe.checks.static.linear_layers import LinearLayers
from kpipe.checks.static.network import Network

CHECK = LinearLayers()


@pytest.mark.parametrize("between", [[], ["Dropout"], ["Flatten", "BatchNormalization"]])
def test_a_linear_pair_is_reported(between):
    layers = [call(f"between{i}", name) for i, name in enumerate(between)]
    (message,) = found(CHECK, chain(dense("a", 64, 784), *layers, dense("b", 10, 64, "softmax")))
    assert message.startswith("model.a: a: another layer of its class follows without a nonlinearity")


def test_square_layers_are_reported():
    assert len(found(CHECK, chain(dense("a", 8, 8), dense("b", 8, 8)))) == 1


@pytest.mark.parametrize("units", [1, 3, 4])
def test_a_factorized_matrix_is_not(units):
    assert found(CHECK, chain(dense("a", units, 4), dense("b", 8, units))) == []


@pytest.mark.parametrize("between", ["ReLU", "LayerNormalization", "MaxPooling2D", "Formula"])
def test_a_nonlinearity_between_them_is_enough(between):
    assert found(CHECK, chain(dense("a", 64, 64), call("n", between), dense("b", 10, 64))) == []
    assert found(CHECK, chain(dense("a", 64, 64, "relu"), dense("b", 10, 64))) == []


def test_other_classes_are_not_compared():
    kernel = {"kernel": (3, 3, 8, 8), "activation": "linear"}
    assert found(CHECK, chain(call("a", "Conv2D", **kernel), call("f", "Flatten"), dense("b", 10, 8))) == []


def test_a_branch_that_reads_the_first_layer_needs_it():
    network = chain(dense("a", 8, 4), dense("b", 8, 8), call("add", "Add", inputs=(1, 2)))
    assert found(CHECK, network) == []


def test_unnamed_layers_of_one_name_are_counted():
    items = [dense("dense", 8, 4), dense("dense", 8, 8), dense("dense", 3, 8)]
    network = chain(*items)
    calls = [call if i == 0 else replace(call, path=f"model.{i - 1}") for i, call in enumerate(network.calls)]
    (message,) = found(CHECK, Network(calls, network.outputs))
    assert message.startswith("model.0: dense and 1 more: another layer")
