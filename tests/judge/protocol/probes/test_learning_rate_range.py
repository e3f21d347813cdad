"""The curve is that of `find_learning_rate`, and a learning rate far from the suggestion is found."""

import itertools

import numpy as np
import pytest
from benches import DIGITS, bench_of
from kpipe_callbacks import find_learning_rate

from kpipe.judge.protocol.outcome import Status
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probes.learning_rate_range import LearningRateRange
from kpipe.judge.protocol.run_probes import run_probes

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"train.optimizer": {"Adam": {"learning_rate": 0.01}}},
        {"train.optimizer.SGD.gradient_accumulation_steps": 2},
    ],
    ids=["SGD", "Adam", "accumulation"],
)
def test_the_curve_is_that_of_find_learning_rate(overrides):
    with bench_of(DIGITS, overrides) as bench:
        found = run_probes(bench, [LearningRateRange()])[0]
        count = 100 * bench.accumulation
        batches = [batch.values for batch in itertools.islice(iter(bench.batches), count)]
        expected = find_learning_rate(bench.model, batches, steps=100)
        assert bench.curve is not None
    # Rounding errors grow where the learning rate is too high.
    np.testing.assert_allclose(found.outcome.measured["losses"][:80], expected.losses[:80], rtol=1e-3)
    np.testing.assert_allclose(found.outcome.measured["learning_rates"], expected.rates)
    assert found.outcome.measured["suggestion"] == pytest.approx(expected.suggestion)
    assert found.outcome.measured["interval"] == pytest.approx(expected.interval)


@pytest.mark.parametrize(("rate", "code"), [(1e-6, "E112"), (1e4, "E111"), (0.1, None)])
def test_a_learning_rate_far_from_the_suggestion_is_found(rate, code):
    with bench_of(DIGITS, {"train.optimizer.SGD.learning_rate": rate}) as bench:
        found = run_probes(bench, [LearningRateRange()])[0]
    assert [str(verdict.code) for verdict in found.outcome.verdicts] == ([code] if code else [])
    assert found.outcome.measured["learning_rate"] == rate


def test_a_loss_that_hardly_falls_is_tested_longer_if_there_is_time():
    optimizer = {"SGD": {"learning_rate": 1e-3, "clipvalue": 1e-9}}
    with bench_of(DIGITS, {"train.optimizer": optimizer}) as bench:
        found = run_probes(bench, [LearningRateRange()])[0]
        assert (found.status, found.outcome.measured["steps"]) == (Status.UNDECIDED, 300)
        bench.affords = lambda price: price == Price(0)
        found = LearningRateRange().run(bench)
        assert (found.status, found.measured["steps"]) == (Status.UNDECIDED, 100)
        assert "does not fit into the budget" in found.summary


def test_without_a_first_loss_it_is_undecided():
    with bench_of(DIGITS, {"model.1.Dense.kernel_initializer": {"RandomNormal": {"stddev": 1e38}}}) as bench:
        found = run_probes(bench, [LearningRateRange()])[0]
    assert found.status is Status.UNDECIDED
    assert bench.curve is None
