"""A bias that the next layer removes is reported."""

from checks.static.networks import call, chain, dense, found

from kpipe.checks.static.redundant_bias import RedundantBias

NORMALIZATION = call("norm", "BatchNormalization", normalizes_channels=True)


def test_a_bias_before_a_normalization_is_reported():
    assert found(RedundantBias(), chain(dense("a", 8, 4), NORMALIZATION, dense("b", 2, 8))) == [
        "model.a: a: the normalization that follows removes the bias; write use_bias: false"
    ]


def test_a_layer_without_bias_is_not():
    assert found(RedundantBias(), chain(dense("a", 8, 4, use_bias=False), NORMALIZATION)) == []


def test_a_normalization_over_several_channels_keeps_it():
    assert found(RedundantBias(), chain(dense("a", 8, 4), call("norm", "LayerNormalization"))) == []


def test_an_activation_before_the_normalization_needs_it():
    assert found(RedundantBias(), chain(dense("a", 8, 4, "relu"), NORMALIZATION)) == []


def test_another_reader_needs_it():
    network = chain(dense("a", 8, 4), NORMALIZATION, call("add", "Add", inputs=(1, 2)))
    assert found(RedundantBias(), network) == []
