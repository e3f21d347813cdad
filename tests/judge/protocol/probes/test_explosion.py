"""The batch in which the loss explodes is listed with its samples."""

import math

import numpy as np
import pytest
from benches import arrays_spec, bench_of

from kpipe.judge.protocol.outcome import Status
from kpipe.judge.protocol.probes.explosion import Explosion
from kpipe.judge.protocol.run_probes import run_probes

pytestmark = pytest.mark.slow

COUNT = 64
X = np.random.default_rng(2).normal(size=(COUNT, 3)).astype("float32")
MODEL = "[{Dense: {units: 1}}]"
TRAIN = "{epochs: 30, optimizer: {SGD: {learning_rate: 0.001}}}"


def explosion(spec, overrides=()):
    with bench_of(spec, overrides) as bench:
        return run_probes(bench, [Explosion()])[0]


@pytest.mark.parametrize("outlier", [5, 40])
def test_the_batch_of_an_outlier_is_listed(tmp_path, outlier):
    y = X[:, 0].copy()
    y[outlier] = 1e4
    found = explosion(arrays_spec(tmp_path, {"x": X, "y": y}, MODEL, TRAIN, ", batch_size: 4"))
    measured = found.outcome.measured
    assert [str(verdict.code) for verdict in found.outcome.verdicts] == ["E110"]
    assert len(measured["samples"]) == 4
    assert any(name.split()[-1] in (str(outlier), str(outlier + 1)) for name in measured["samples"])
    assert measured["loss"] > 3 * measured["first"]
    assert ", ".join(measured["samples"]) in found.outcome.verdicts[0].message


def test_single_samples_with_a_high_loss_are_no_explosion(tmp_path):
    """The squares of normal numbers often exceed three times their mean, and the first one can be small."""
    y = np.random.default_rng(3).normal(size=COUNT).astype("float32")
    y[0] = 10.0  # 100 times the variance
    spec = arrays_spec(tmp_path, {"x": X, "y": y}, "[{Dense: {units: 1, kernel_initializer: zeros}}]", TRAIN)
    found = explosion(spec, {"data.batch_size": 1})
    measured = found.outcome.measured
    assert found.status is Status.PASSED
    assert measured["highest"] > 30 * max(measured["first"], float(np.var(y)))


def test_single_samples_that_explode_are_reported_by_their_mean(tmp_path):
    spec = arrays_spec(tmp_path, {"x": X, "y": X[:, 0]}, MODEL, TRAIN.replace("0.001", "0.28"))
    found = explosion(spec, {"data.batch_size": 1})
    assert [str(verdict.code) for verdict in found.outcome.verdicts] == ["E110"]
    assert found.outcome.verdicts[0].message.startswith("the mean loss of 32 steps, the highest in step ")
    assert len(found.outcome.measured["samples"]) == 1


def test_a_loss_that_is_not_finite_is_an_explosion(tmp_path):
    spec = arrays_spec(tmp_path, {"x": 1e20 * X, "y": X[:, 0]}, MODEL, TRAIN, ", batch_size: 4")
    found = explosion(spec)
    assert found.status is Status.FAILED
    assert found.outcome.measured["loss"] in ("inf", "nan")


def test_a_training_that_falls_passes(tmp_path):
    spec = arrays_spec(tmp_path, {"x": X, "y": X[:, 0] + 1}, MODEL, TRAIN.replace("0.001", "0.05"), ", batch_size: 64")
    found = explosion(spec)
    measured = found.outcome.measured
    assert found.status is Status.PASSED
    assert measured["steps"] == 30
    assert measured["last"] < measured["first"] == measured["highest"]


def test_the_losses_are_those_of_the_run(tmp_path):
    spec = arrays_spec(
        tmp_path,
        {"x": X, "y": X[:, 0] + 1},
        MODEL,
        "{epochs: 3, callbacks: [{CosineSchedule: {warmup_epochs: 1, learning_rate: 0.1}}]}",
        ", batch_size: 16",
    )
    import kpipe

    losses = kpipe.load(spec).run(tmp_path / "run").history["loss"]
    with bench_of(spec) as bench:
        found = [loss.total for _, loss in bench.train(bench.first_batches(12))]
    np.testing.assert_allclose(np.reshape(found, (3, 4)).mean(axis=1), losses, rtol=1e-5)


def test_a_first_loss_of_zero_has_no_multiple(tmp_path):
    spec = arrays_spec(
        tmp_path, {"x": X, "y": np.zeros(COUNT, "float32")}, "[{Dense: {units: 1, kernel_initializer: zeros}}]", TRAIN
    )
    found = explosion(spec)
    assert (found.status, found.outcome.measured["first"]) == (Status.PASSED, 0)
    assert not math.isnan(found.outcome.measured["highest"])
