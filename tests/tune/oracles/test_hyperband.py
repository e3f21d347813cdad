"""The number of trials of Hyperband, against KerasTuner's own brackets."""

import pytest
from golden import expect_message
from space.spaces import space

from kpipe.tune.oracles import Hyperband
from kpipe.tune.proposal import Proposal
from kpipe.tune.proposer import Proposer

RANGE = space("rate: {Uniform: [0, 1]}")


@pytest.mark.parametrize("epochs", [1, 2, 3, 8, 9, 10, 27])
@pytest.mark.parametrize("factor", [2, 3])
def test_the_number_of_trials(epochs, factor):
    oracle = Hyperband(factor=factor)
    proposer = Proposer(oracle, RANGE, seed=0, mode="max", trials=None, epochs=epochs)
    new = 0
    while isinstance(proposal := proposer.ask(), Proposal):
        new += proposal.parent is None
        proposer.tell(proposal.id, proposal.values["rate"])
    assert new == oracle.count(RANGE, epochs)


def test_a_space_that_is_too_small():
    expect_message(Hyperband().check(space("a: {Int: [1, 6]}"), 9))
    assert Hyperband().check(space("a: {Int: [1, 17]}"), 9) is None
    assert Hyperband().check(RANGE, 9) is None
