"""Proposals: their distributions, conditions and repeatability."""

import math
import statistics

import pytest
from space.spaces import space

from kpipe.tune.oracles import BayesianOptimization, GridSearch, Hyperband, RandomSearch
from kpipe.tune.proposal import Proposal
from kpipe.tune.proposer import Proposer

SPACE = """\
rate: {Log: [1e-6, 1e-2]}
width: {LogInt: [1, 64]}
depth: {Int: [1, 4]}
optimizer: {Choice: [{SGD: {momentum: {Uniform: [0.5, 0.9]}}}, Adam, Lion]}
"""


def proposals(oracle, count=None, seed=0, text=SPACE, score=lambda values: 0.0, mode="max"):
    proposer = Proposer(oracle, space(text), seed=seed, mode=mode, trials=oracle.trials, epochs=9)
    found = []
    while isinstance(proposal := proposer.ask(), Proposal) and len(found) != count:
        found.append(proposal)
        proposer.tell(proposal.id, score(proposal.values))
    return found


@pytest.fixture(scope="module")
def draws():
    return [proposal.values for proposal in proposals(RandomSearch(trials=600))]


def test_each_decade_of_a_logarithmic_range_is_equally_frequent(draws):
    logs = [math.log10(values["rate"]) for values in draws]
    assert all(-6 <= value <= -2 for value in logs)
    # Of 600 draws from a uniform distribution, the largest distance to it exceeds 0.08 once in a thousand samples.
    ordered = sorted((value + 6) / 4 for value in logs)
    assert max(abs(value - (index + 0.5) / len(ordered)) for index, value in enumerate(ordered)) < 0.08


def test_options_and_integers_are_equally_frequent(draws):
    # Five standard deviations of a binomial distribution.
    for name, options in (("optimizer", ["SGD", "Adam", "Lion"]), ("depth", [1, 2, 3, 4])):
        share = 1 / len(options)
        for option in options:
            count = sum(values[name] == option for values in draws)
            assert abs(count - 600 * share) < 5 * math.sqrt(600 * share * (1 - share))


def test_two_values_are_independent(draws):
    first = [math.log10(values["rate"]) for values in draws]
    second = [values["depth"] for values in draws]
    assert abs(statistics.correlation(first, second)) < 5 / math.sqrt(600)


def test_conditional_values_exist_only_with_their_option(draws):
    assert all(("optimizer.SGD.momentum" in values) == (values["optimizer"] == "SGD") for values in draws)


NESTED = """\
outer:
  Choice:
    - A
    - B: {inner: {Choice: [C, {D: {rate: {Log: [1e-3, 1]}, deep: {Choice: [E, {F: {width: {Int: [1, 9]}}}]}}}]}}
"""


@pytest.mark.parametrize("oracle", [RandomSearch, BayesianOptimization, Hyperband, GridSearch])
def test_choices_inside_options_of_choices(oracle):
    found = [proposal.values for proposal in proposals(oracle(), 40, text=NESTED)]
    for values in found:
        names = ["outer"]
        if values["outer"] == "B":
            names.append("outer.B.inner")
            if values["outer.B.inner"] == "D":
                names += ["outer.B.inner.D.rate", "outer.B.inner.D.deep"]
                if values["outer.B.inner.D.deep"] == "F":
                    names.append("outer.B.inner.D.deep.F.width")
        assert [*values] == names
    assert max(map(len, found)) == 5
    if oracle is not GridSearch:
        assert 1 in map(len, found)


@pytest.mark.parametrize("oracle", [RandomSearch, BayesianOptimization, Hyperband, GridSearch])
def test_seeds(oracle):
    found = [[proposal.values for proposal in proposals(oracle(), 5, seed)] for seed in (0, 0, 1)]
    assert found[0] == found[1]
    assert (found[0] == found[2]) == (oracle is GridSearch)


def test_consecutive_seeds_share_no_draws():
    first, second = (
        {v for p in proposals(RandomSearch(), 10, seed) for v in p.values.values() if isinstance(v, float)}
        for seed in (0, 1)
    )
    assert not first & second


def test_a_grid_contains_the_bounds_and_geometric_means():
    found = proposals(GridSearch(points=3), text="rate: {Log: [1e-6, 1e-2]}\ndepth: {Int: [1, 2]}")
    assert sorted({proposal.values["rate"] for proposal in found}) == pytest.approx([1e-6, 1e-4, 1e-2])
    assert len(found) == 6


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["min", "max"])
def test_bayesian_optimization_finds_the_top_of_a_hill(mode):
    def score(values):
        height = -((math.log10(values["rate"]) + 4) ** 2)
        return height if mode == "max" else -height

    oracle = BayesianOptimization(trials=14, num_initial_points=5)
    found = proposals(oracle, text="rate: {Log: [1e-6, 1e-2]}", score=score, mode=mode)
    assert min(abs(math.log10(proposal.values["rate"]) + 4) for proposal in found[5:]) < 0.05


@pytest.mark.slow
def test_bayesian_optimization_keeps_away_from_failures():
    def score(values):
        return None if values["rate"] > 1e-3 else math.log10(values["rate"])

    oracle = BayesianOptimization(trials=18, num_initial_points=6)
    found = proposals(oracle, text="rate: {Log: [1e-6, 1]}", score=score)
    failed = [proposal for proposal in found[6:] if proposal.values["rate"] > 1e-3]
    assert len(failed) <= 6


@pytest.mark.slow
@pytest.mark.parametrize("text", ["width: {LogInt: [8, 64]}", "width: {Int: [3, 9]}", "width: {Log: [1e-3, 3]}"])
def test_a_value_that_is_best_at_its_upper_bound_is_not_above_it(text):
    oracle = BayesianOptimization(trials=12, num_initial_points=3)
    both = f"{text}\nrate: {{Uniform: [0, 1]}}"
    found = [
        proposal.values["width"] for proposal in proposals(oracle, text=both, score=lambda values: values["width"])
    ]
    assert max(found) == space(both)["width"].space.high
