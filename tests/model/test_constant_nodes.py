import dataclasses

import pytest

from kpipe.model.constant_nodes import ConstantNodes
from kpipe.model.limits import ExpansionCount
from kpipe.spec.expressions.budget import Budget
from kpipe.spec.yaml_text.yaml_reader import read_text


class Counted(ExpansionCount):
    """A budget that records what is paid."""

    def __init__(self):
        super().__init__(Budget())
        self.paid = 0

    def pay(self, node, cost):
        self.paid += cost
        super().pay(node, cost)


@pytest.mark.parametrize(
    ("text", "is_constant"),
    [
        *[("3", True), ("a", True), ("null", True), ("=a", False), ("==a", False), ("{}", True), ("[]", True)],
        *[("{a: [{b: 1}, c]}", True), ("{a: [{b: =c}, 1]}", False), ("{=a: 1}", True)],
    ],
)
def test_it_contains_what_has_no_expression(text, is_constant):
    assert ConstantNodes(Counted()).contains(read_text(text, "a.yaml")) is is_constant


def test_a_definition_is_inspected_once():
    count = Counted()
    nodes, node = ConstantNodes(count), read_text("{a: [1, 2, 3], b: {c: =d}}", "a.yaml")
    assert not nodes.contains(node)
    assert count.paid == 2 + 3 + 1
    assert not nodes.contains(node) and nodes.contains(node.get("a"))
    assert count.paid == 2 + 3 + 1


def test_the_value_of_an_expression_is_inspected_at_each_use():
    count = Counted()
    nodes, node = ConstantNodes(count), dataclasses.replace(read_text("[1, 2]", "a.yaml"), expression="pair")
    assert nodes.contains(node) and nodes.contains(node)
    assert count.paid == 4
