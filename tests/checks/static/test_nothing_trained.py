"""A model without trainable weights is an error."""

from checks.static.networks import chain, dense, found

from kpipe.checks.static.nothing_trained import NothingTrained


def test_a_frozen_model_is_an_error():
    assert found(NothingTrained(), chain(dense("a", 2, 4, is_trainable=False))) == [
        "model: the model has no trainable weights; add a layer with weights, or remove trainable: false"
    ]


def test_one_trainable_layer_is_enough():
    assert found(NothingTrained(), chain(dense("a", 2, 4, is_trainable=False), dense("b", 2, 2))) == []
