"""The number of points of a grid."""

import pytest
from space.spaces import space

from kpipe.tune.oracles import GridSearch
from kpipe.tune.proposal import Proposal
from kpipe.tune.proposer import Proposer


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a: {Uniform: [0, 1]}\nb: {Choice: [1, 2]}", 6),
        ("a: {Int: [1, 2]}\nb: {LogInt: [1, 64]}", 6),
        ("a: {Choice: [1, 2]}", 2),
        ("a: {LogInt: [1, 5]}", 3),
        ("a: {Choice: [Adam, {SGD: {momentum: {Uniform: [0, 1]}}}]}\nb: {Int: [1, 2]}", 8),
        (
            "a: {Choice: [{SGD: {momentum: {Int: [1, 2]}}}, {Adam: {beta: {Choice: [Dense, {B: {c: {Int: [1, 9]}}}]}}}]}",
            6,
        ),
    ],
)
def test_the_number_of_points(text, count):
    oracle = GridSearch(points=3)
    assert oracle.count(space(text), 1) == count
    proposer = Proposer(oracle, space(text), seed=0, mode="max", trials=None, epochs=1)
    found = []
    while isinstance(proposal := proposer.ask(), Proposal):
        found.append(tuple(proposal.values.values()))
        proposer.tell(proposal.id, 0.5)
    assert len(found) == len(set(found)) == count
