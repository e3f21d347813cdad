import pytest
from golden import raises

from kpipe.errors import Mark, SpecError
from kpipe.spec.node import Node
from kpipe.train.devices.strategies.start import start
from kpipe.train.devices.strategies.strategy import DEFAULT_DEVICES

MARK = Mark("a.yaml", 9, 13, 9, 20)


@pytest.mark.parametrize("node", [None, Node(None, MARK), Node("auto", MARK)])
def test_without_several_gpus_auto_leaves_everything_as_it_is(node):
    assert start(node, lambda text: None) is DEFAULT_DEVICES


def test_a_strategy_of_the_spec_is_started():
    node = Node({"OneDevice": Node({"device": Node("CPU", MARK)}, MARK)}, MARK)
    assert start(node, lambda text: None).replicas == 1


def test_devices_that_are_not_there_are_reported_at_their_place():
    node = Node({"OneDevice": Node({"device": Node("GPU:7", MARK)}, MARK)}, MARK, path="train.strategy")
    with raises(SpecError):
        start(node, lambda text: None)
