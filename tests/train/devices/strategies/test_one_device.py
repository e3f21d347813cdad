import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.train.devices.strategies.one_device import OneDevice


@pytest.mark.parametrize(("text", "device"), [("CPU", "CPU:0"), ("cpu:0", "CPU:0"), ("GPU:1", "GPU:1")])
def test_a_device_is_its_kind_and_its_number(text, device):
    assert OneDevice(text).device == device


@pytest.mark.parametrize("text", ["", "TPU", "GPU:first", "0"])
def test_anything_else_is_not_a_device(text):
    with raises(ArgumentError):
        OneDevice(text)


def test_a_device_that_is_not_there():
    with raises(ArgumentError):
        OneDevice("CPU:9").start(lambda text: None)


def test_models_made_in_its_scope_have_one_replica():
    running = OneDevice("CPU").start(lambda text: None)
    assert (running.replicas, running.distribution) == (1, None)
