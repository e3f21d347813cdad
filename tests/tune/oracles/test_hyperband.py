"""The number of trials of Hyperband, against KerasTuner's own brackets."""

import pytest
from golden import expect_message
from space.spaces import space

from kpipe.space.stage_conditions import StageConditions
from kpipe.tune.oracles import Hyperband
from kpipe.tune.proposal import Proposal
from kpipe.tune.proposer import Proposer

RANGE = space("rate: {Uniform: [0, 1]}")


@pytest.mark.parametrize("epochs", [1, 2, 3, 8, 9, 10, 27])
@pytest.mark.parametrize("factor", [2, 3])
def test_the_number_of_trials_and_epochs(epochs, factor):
    oracle = Hyperband(factor=factor)
    proposer = Proposer(oracle, RANGE, seed=0, mode="max", trials=None, epochs=epochs)
    new = 0
    proposals, trained = [], []
    while isinstance(proposal := proposer.ask(), Proposal):
        proposals.append(proposal)
        new += proposal.parent is None
        trained.append(proposal.epochs - (0 if proposal.parent is None else proposals[proposal.parent].epochs))
        proposer.tell(proposal.id, proposal.values["rate"])
    assert new == oracle.count(RANGE, epochs)
    assert sum(trained) == oracle.num_epochs(StageConditions(space=RANGE, epochs=epochs))


def conditions(text, epochs=9, **options):
    return StageConditions(space=space(text), epochs=epochs, **options)


def test_a_space_that_is_too_small():
    expect_message(Hyperband().check(conditions("a: {Int: [1, 6]}")))
    assert Hyperband().check(conditions("a: {Int: [1, 17]}")) is None
    assert Hyperband().check(conditions("rate: {Uniform: [0, 1]}")) is None


def test_trials_that_are_never_compared():
    expect_message(Hyperband().check(conditions("rate: {Uniform: [0, 1]}", epochs=2)))
    assert Hyperband(factor=2).check(conditions("rate: {Uniform: [0, 1]}", epochs=2)) is None


@pytest.mark.parametrize(("epochs", "factor"), [(9, 3), (10, 3), (8, 2), (27, 3), (5, 4)])
def test_the_epochs_after_which_trials_are_compared(epochs, factor):
    """Against the epochs of KerasTuner's own rungs: validation after exactly these is enough, and each is needed."""
    oracle = Hyperband(factor=factor)
    proposer = Proposer(oracle, RANGE, seed=0, mode="max", trials=None, epochs=epochs)
    rungs = set()
    while isinstance(proposal := proposer.ask(), Proposal):
        rungs.add(proposal.epochs)
        proposer.tell(proposal.id, proposal.values["rate"])
    for every in range(1, epochs + 1):
        fits = oracle.check(conditions("rate: {Uniform: [0, 1]}", epochs, every_epochs=every)) is None
        assert fits == all(rung % every == 0 or rung == epochs for rung in rungs)
