"""The first loss is that of NumPy, and is compared with that of a guess."""

import numpy as np
import pytest
from benches import arrays_spec, bench_of

from kpipe.judge.protocol.outcome import Status
from kpipe.judge.protocol.probes.first_loss import FirstLoss
from kpipe.judge.protocol.run_probes import run_probes

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")


def first_loss(spec, overrides=()):
    with bench_of(spec, overrides) as bench:
        return run_probes(bench, [FirstLoss()])[0], [np.array(entry) for entry in bench.model.trainable_variables]


def numbers(tmp_path, scale, train="{epochs: 1}"):
    return arrays_spec(tmp_path, {"x": X, "y": scale * X[:, 0]}, "[{Dense: {units: 1}}]", train, ", batch_size: 64")


def test_numbers(tmp_path):
    result, (kernel, bias) = first_loss(numbers(tmp_path, 1.0))
    measured = result.outcome.measured
    assert measured["loss"] == pytest.approx(np.mean((X @ kernel + bias - X[:, :1]) ** 2), rel=1e-4)
    assert measured["guess"] == pytest.approx(np.var(X[:, 0]), rel=1e-4)
    assert measured["ratio"] == pytest.approx(measured["loss"] / measured["guess"])
    assert measured["samples"] == 64
    assert result.status is Status.PASSED


def test_weights_that_are_too_large_are_found(tmp_path):
    spec = arrays_spec(tmp_path, {"x": 100 * X, "y": np.arange(64) % 4}, "[{Dense: {units: =classes}}]")
    result, _ = first_loss(spec)
    assert result.outcome.measured["guess"] == pytest.approx(np.log(4), rel=1e-5)
    assert [str(verdict.code) for verdict in result.outcome.verdicts] == ["E101"]
    assert "above 5.98 times" in result.outcome.verdicts[0].message


def test_biases_that_were_initialized_by_the_labels_are_better_than_a_guess(tmp_path):
    labels = (np.arange(64) == 0).astype(np.int64)
    layer = "[{Dense: {units: =classes, kernel_initializer: zeros}}]"
    train = "{epochs: 1, initialize: [BiasFromLabels]}"
    spec = arrays_spec(tmp_path, {"x": X, "y": labels}, layer, train, ", batch_size: 64")
    share = 1 / 64
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    with bench_of(spec) as bench:
        bench.plan.initializations.apply(lambda line: None)
        outcome = run_probes(bench, [FirstLoss()])[0].outcome
    assert outcome.measured["loss"] == pytest.approx(entropy, rel=1e-5)
    # 0.12 of a guess would be an error without the initialization.
    assert outcome.threshold["lowest"] == pytest.approx(0.4 * entropy / np.log(2), rel=1e-5)
    assert outcome.measured["ratio"] < 0.4
    assert outcome.status is Status.PASSED


def test_a_guess_of_zero_is_not_compared(tmp_path):
    spec = arrays_spec(tmp_path, {"x": X, "y": np.full(64, 2.5, "float32")}, "[{Dense: {units: 1}}]", "{epochs: 1}")
    result, _ = first_loss(spec)
    assert result.outcome.measured["guess"] == 0
    assert result.status is Status.PASSED


def test_a_loss_that_is_not_finite_is_an_error(tmp_path):
    spec = arrays_spec(tmp_path, {"x": 1e30 * X, "y": X[:, 0]}, "[{Dense: {units: 1}}]", "{epochs: 1}")
    result, _ = first_loss(spec)
    assert result.status is Status.FAILED
    assert "the first loss is inf" in result.outcome.verdicts[0].message


def test_an_unknown_output_is_undecided(tmp_path):
    model = "[{Dense: {units: =classes}}, {Rescaling: {scale: 0.5}}]"
    spec = arrays_spec(
        tmp_path,
        {"x": X, "y": np.arange(64) % 4},
        model,
        "{epochs: 1, loss: {SparseCategoricalCrossentropy: {from_logits: true}}}",
    )
    result, _ = first_loss(spec)
    assert result.status in (Status.UNDECIDED, Status.PASSED)
