"""Softmax between layers with weights is reported, but not in attention and not as an output."""

from checks.static.networks import call, chain, dense, found

from kpipe.checks.static.hidden_softmax import HiddenSoftmax

CHECK = HiddenSoftmax()


def test_hidden_softmax_is_reported():
    network = chain(dense("a", 8, 4, "softmax"), call("drop", "Dropout"), dense("b", 2, 8))
    assert found(CHECK, network) == ["model.a: a: softmax between layers with weights; write activation: relu"]


def test_a_layer_of_its_own_is_reported():
    assert len(found(CHECK, chain(dense("a", 8, 4), call("s", "Softmax"), dense("b", 2, 8)))) == 1


def test_attention_weights_are_not():
    network = chain(
        dense("a", 8, 4, "softmax"), call("r", "Reshape"), call("m", "Multiply", inputs=(0, 2)), dense("b", 2, 8)
    )
    assert found(CHECK, network) == []


def test_an_output_is_not():
    assert found(CHECK, chain(dense("a", 8, 4, "softmax"))) == []
    network = chain(dense("a", 8, 4, "softmax"), dense("b", 2, 8), outputs={"first": 1, "second": 2})
    assert found(CHECK, network) == []
