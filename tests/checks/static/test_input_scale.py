"""Values on an unsuitable scale are reported if they reach weights as they are."""

import pytest
from checks.static.networks import call, chain, dense, found

from kpipe.checks.static.input_scale import LARGEST, InputScale
from kpipe.checks.static.scale import Scale

LARGE = {"x": Scale(mean=120.0, deviation=60.0, samples=64)}


@pytest.mark.parametrize("between", [[], ["Flatten"], ["MaxPooling2D", "Dropout"]])
def test_large_values_are_reported(between):
    layers = [call(f"between{i}", name) for i, name in enumerate(between)]
    assert found(InputScale(), chain(*layers, dense("a", 2, 4)), scales=LARGE) == [
        "data.prepare: the values of x that reach the first layer with weights have a feature whose mean is 120 (64 "
        "training samples); expected at most 10; write prepare: [Standardize]"
    ]


def test_the_deviation_counts_too():
    scales = {"x": Scale(mean=0.1, deviation=11.0, samples=64)}
    (message,) = found(InputScale(), scales=scales)
    assert "whose standard deviation is 11 " in message


def test_the_column_is_named():
    scale = Scale(mean=50.0, deviation=60.0, samples=64, mean_of="age", deviation_of="income\x1b")
    (message,) = found(InputScale(), scales={"x": scale})
    assert "have a feature, income\\x1b, whose standard deviation is 60 " in message


@pytest.mark.parametrize("between", ["BatchNormalization", "Rescaling", "Normalization", "LayerNormalization"])
def test_values_that_the_model_scales_are_not(between):
    assert found(InputScale(), chain(call("n", between), dense("a", 2, 4)), scales=LARGE) == []


def test_indices_are_not():
    assert found(InputScale(), chain(call("e", "Embedding", kernel=(100, 8))), scales=LARGE) == []


def test_values_within_the_bound_are_not():
    scales = {"x": Scale(mean=LARGEST, deviation=LARGEST, samples=64)}
    assert found(InputScale(), scales=scales) == []


def test_bytes_need_another_preparation():
    scales = {"x": Scale(mean=120.0, deviation=60.0, samples=64, are_bytes=True)}
    (message,) = found(InputScale(), scales=scales)
    assert message.endswith("write prepare: [Rescale]")


def test_centered_images_are_not():
    scales = {"x": Scale(mean=0.3, deviation=60.0, samples=64, are_images=True)}
    assert found(InputScale(), scales=scales) == []
