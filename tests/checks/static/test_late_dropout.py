"""Dropout of the outputs themselves is reported."""

import pytest
from checks.static.networks import call, chain, dense, found

from kpipe.checks.static.late_dropout import LateDropout

CHECK = LateDropout()
DROPOUT = call("drop", "Dropout", rate=0.5)


@pytest.mark.parametrize("after", [[], ["Activation"], ["Softmax"], ["GlobalAveragePooling2D", "Activation"]])
def test_dropout_of_outputs_is_reported(after):
    layers = [call(f"after{i}", name, activation="linear") for i, name in enumerate(after)]
    assert found(CHECK, chain(dense("a", 2, 4), DROPOUT, *layers)) == [
        "model.drop: drop: outputs of the model itself are dropped; write it before the last layer with weights"
    ]


def test_dropout_before_the_last_layer_is_not():
    assert found(CHECK, chain(dense("a", 8, 4), DROPOUT, dense("b", 2, 8))) == []


def test_dropout_before_a_product_is_not():
    network = chain(dense("a", 8, 4), DROPOUT, call("dot", "Dot", inputs=(1, 2)))
    assert found(CHECK, network) == []


def test_a_rate_of_zero_is_not():
    assert found(CHECK, chain(dense("a", 2, 4), call("drop", "Dropout", rate=0.0))) == []
