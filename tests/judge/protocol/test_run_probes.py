"""Probes run in their order within the budget, and leave no trace."""

import numpy as np
import pytest
from benches import bench_of, state_of

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.protocol import PROBES
from kpipe.judge.protocol.budget import Budget
from kpipe.judge.protocol.outcome import Outcome, Status
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probe import Probe
from kpipe.judge.protocol.run_probes import run_probes
from kpipe.judge.protocol.saved_variables import saved_variables
from kpipe.judge.protocol.stopwatch import Stopwatch
from kpipe.judge.verdict import Verdict
from kpipe.keras_internals import global_seed_state

pytestmark = pytest.mark.slow


class Clock:
    """A clock that is set by hand."""

    time = 0.0

    def __call__(self):
        return self.time


class Timed(Probe):
    """Takes some seconds, and expects others."""

    def __init__(self, clock, name, expected, taken=None, verdicts=()):
        self.clock, self.name, self.title, self.verdicts = clock, name, f"the {name}", verdicts
        self.expected, self.taken = expected, expected.total if taken is None else taken

    def price(self, bench):
        return self.expected

    def run(self, bench):
        self.clock.time += self.taken
        return Outcome(summary=f"{self.name} measured", verdicts=self.verdicts)


class Stage:
    """What `run_probes` uses of a bench, with a clock that is set by hand."""

    run_seconds = 0.0

    def __init__(self, clock, bench, seconds=None):
        self.stopwatch = Stopwatch(clock)
        self.budget = Budget(self.stopwatch, seconds)
        self.affords = self.budget.affords
        self.restored = lambda: saved_variables(bench.model)
        self.found = set()


@pytest.fixture(scope="module")
def bench():
    with bench_of() as found:
        yield found


def test_those_that_do_not_fit_are_skipped_with_their_price(bench):
    clock = Clock()
    probes = [
        Timed(clock, "first", Price(2)),
        Timed(clock, "large", Price(3, 1.5)),
        Timed(clock, "free", Price(0)),
        Timed(clock, "cheap", Price(2, 0.5)),
        Timed(clock, "late", Price(1)),
    ]
    said = []
    found = run_probes(Stage(clock, bench, 5), probes, say=said.append)
    assert [entry.probe.name for entry in found] == ["first", "large", "free", "cheap", "late"]
    passed, skipped = Status.PASSED, Status.SKIPPED
    assert [entry.status for entry in found] == [passed, skipped, passed, passed, skipped]
    assert [entry.summary for entry in found][1::3] == ["needs 3.0 s and a trace of 1.5 s", "needs 1.0 s"]
    assert [entry.seconds for entry in found] == [2, 0, 0, 2.5, 0]
    assert said == ["the first", "the free", "the cheap"]


def test_a_probe_that_takes_longer_than_expected_costs_the_later_ones(bench):
    clock = Clock()
    probes = [Timed(clock, "first", Price(1), taken=4.5), Timed(clock, "second", Price(1))]
    assert [entry.status for entry in run_probes(Stage(clock, bench, 5), probes)] == [Status.PASSED, Status.SKIPPED]


def test_the_budget_grows_with_the_expected_run(bench):
    clock = Clock()
    stage = Stage(clock, bench)
    stage.run_seconds = 10_000.0
    probes = [Timed(clock, "first", Price(50)), Timed(clock, "second", Price(149)), Timed(clock, "third", Price(2))]
    assert [entry.status for entry in run_probes(stage, probes)] == [Status.PASSED, Status.PASSED, Status.SKIPPED]


def test_ignored_codes_are_no_verdicts(bench):
    clock = Clock()
    verdict = Verdict(code=VerdictCode.SIGNAL, path="model", message="a", remedy="b")
    probe = Timed(clock, "first", Price(0), verdicts=[verdict])
    assert run_probes(Stage(clock, bench), [probe])[0].status is Status.FAILED
    assert run_probes(Stage(clock, bench), [probe], ["E103"])[0].status is Status.ACCEPTED


MODEL = [
    "Flatten",
    {"Dense": {"units": 16, "kernel_regularizer": "L2"}},
    "BatchNormalization",
    "ReLU",
    {"Dropout": {"rate": 0.3}},
    {"Dense": {"units": "=classes"}},
]
VARIANTS = {
    "plain": {},
    "Adam": {"train.optimizer": {"Adam": {"learning_rate": 0.01}}},
    "accumulation": {"train.optimizer.SGD.gradient_accumulation_steps": 2},
    "scaled": {"train.precision": "mixed_float16"},
    "mixed": {"data.mix": ["MixUp"]},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_probe_restores_the_training(variant, monkeypatch):
    monkeypatch.setattr("kpipe.judge.protocol.probes.learning_rate_range.STEPS", (5, 7))
    monkeypatch.setattr("kpipe.judge.protocol.probes.explosion.STEPS", 5)
    monkeypatch.setattr("kpipe.judge.protocol.probes.tiny_overfit.STEPS", 5)
    with bench_of(overrides={"model": MODEL, **VARIANTS[variant]}) as bench:
        before, seed = state_of(bench), global_seed_state()
        for probe in PROBES:
            result = run_probes(bench, [probe])[0]
            assert result.status is not Status.SKIPPED, probe.name
            for old, new in zip(before, state_of(bench), strict=True):
                np.testing.assert_array_equal(old, new, err_msg=probe.name)
            np.testing.assert_array_equal(seed, global_seed_state(), err_msg=probe.name)


def test_a_little_time_is_for_the_first_probes():
    with bench_of(budget=1e-3) as bench:
        found = run_probes(bench, PROBES)
    skipped = [entry.probe.name for entry in found if entry.status is Status.SKIPPED]
    assert skipped == ["signal", "gradients", "tiny_overfit", "learning_rate", "explosion"]
    assert all(entry.price.total > 0 for entry in found if entry.status is Status.SKIPPED)
