"""Constant kernels are an error in hidden layers, but not in the last one, nor at the end of a residual branch or gate."""

import pytest
from checks.static.networks import call, chain, dense, found

from kpipe.checks.static.equal_units import EqualUnits

CHECK = EqualUnits()


def test_a_hidden_layer_is_an_error():
    network = chain(dense("a", 8, 4, "relu", has_equal_columns=True), dense("b", 2, 8))
    assert found(CHECK, network) == [
        "model.a: a: all units begin with the same weights, and therefore remain equal; write kernel_initializer: "
        "glorot_uniform or he_normal"
    ]


def test_several_layers_are_one_finding():
    layers = [dense(name, 8, 8, "relu", has_equal_columns=True) for name in "abc"]
    (message,) = found(CHECK, chain(*layers, dense("d", 2, 8)))
    assert message.startswith("model.a: a and 2 more: all units begin")


def test_the_last_layer_may_be_constant():
    network = chain(dense("a", 8, 4), dense("b", 2, 8, has_equal_columns=True), call("s", "Softmax"))
    assert found(CHECK, network) == []


@pytest.mark.parametrize("merge", ["Add", "Multiply"])
def test_the_end_of_a_branch_may_be_constant(merge):
    branch = [dense("a", 4, 4, "relu"), dense("b", 4, 4, has_equal_columns=True), call("n", "BatchNormalization")]
    network = chain(*branch, call("m", merge, inputs=(0, 3)), dense("last", 2, 4))
    assert found(CHECK, network) == []


def test_the_beginning_of_a_branch_may_not():
    branch = [dense("a", 4, 4, "relu", has_equal_columns=True), dense("b", 4, 4)]
    network = chain(*branch, call("m", "Add", inputs=(0, 2)), dense("last", 2, 4))
    assert len(found(CHECK, network)) == 1


def test_a_fixed_layer_may_be_constant():
    network = chain(dense("a", 8, 4, has_equal_columns=True, is_trainable=False), dense("b", 2, 8))
    assert found(CHECK, network) == []
