"""The values of layers are those of NumPy, without penalties."""

import numpy as np
import pytest
from benches import DIGITS, arrays_spec, bench_of

from kpipe.judge.protocol.outcome import Status
from kpipe.judge.protocol.probes.gradients import Gradients
from kpipe.judge.protocol.probes.regularization import Regularization
from kpipe.judge.protocol.probes.signal import Signal
from kpipe.judge.protocol.probes.update_ratio import UpdateRatio
from kpipe.judge.protocol.run_probes import run_probes

pytestmark = pytest.mark.slow

X = np.random.default_rng(4).normal(size=(64, 3)).astype("float32")
Y = X[:, 0]
MODEL = (
    "[{Dense: {units: 4, use_bias: false, activation: tanh, name: a}}, {Dense: {units: 1, use_bias: false, name: b}}]"
)
TRAIN = "{epochs: 1, regularize: {l2: 3.0}, optimizer: {SGD: {learning_rate: 0.01}}}"


def test_a_perceptron_by_hand(tmp_path):
    with bench_of(arrays_spec(tmp_path, {"x": X, "y": Y}, MODEL, TRAIN, ", batch_size: 64")) as bench:
        first, last = (np.array(entry, np.float64) for entry in bench.model.trainable_variables)
        results = run_probes(bench, [Regularization(), Signal(), Gradients(), UpdateRatio()])
    penalty, signal, gradients, update = (entry.outcome.measured for entry in results)
    hidden = np.tanh(X @ first)
    error = 2 / 64 * (hidden @ last - Y[:, None])
    of_last = hidden.T @ error
    of_first = X.T @ ((error @ last.T) * (1 - hidden**2))
    assert penalty["penalty"] == pytest.approx(3 * (np.sum(first**2) + np.sum(last**2)), rel=1e-4)
    loss = np.mean((hidden @ last - Y[:, None]) ** 2)
    assert penalty["share"] == pytest.approx(penalty["penalty"] / (penalty["penalty"] + loss), rel=1e-4)
    assert [entry["layer"] for entry in signal["layers"]] == ["a"]
    assert signal["layers"][0]["deviation"] == pytest.approx(hidden.std(axis=0).mean(), rel=0.2)
    norms = [np.linalg.norm(of_first), np.linalg.norm(of_last)]
    assert [entry["norm"] for entry in gradients["layers"]] == pytest.approx(norms, rel=1e-3)
    assert gradients["ratio"] == pytest.approx(norms[0] / norms[1], rel=1e-3)
    steps = [0.01 * (of_first + 6 * first), 0.01 * (of_last + 6 * last)]
    ratio = np.sqrt(sum(np.sum(entry**2) for entry in steps) / (np.sum(first**2) + np.sum(last**2)))
    assert update["ratio"] == pytest.approx(ratio, rel=1e-3)


@pytest.mark.parametrize(
    ("l2", "code"), [(0.0, None), (0.05, None), (1.0, "W102"), (100.0, "E102")], ids=["none", "small", "large", "huge"]
)
def test_penalties(l2, code):
    with bench_of(DIGITS, {"train.regularize.l2": l2}) as bench:
        found = run_probes(bench, [Regularization()])[0]
    assert [str(verdict.code) for verdict in found.outcome.verdicts] == ([code] if code else [])
    assert (found.status is Status.NOT_APPLICABLE) == (l2 == 0)


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"model.1.Dense.bias_initializer": {"Constant": {"value": -50}}}, "E104"),
        ({"model.1.Dense.kernel_initializer": {"RandomNormal": {"stddev": 1e-6}}}, "E103"),
        (
            {"model.1.Dense.activation": "tanh", "model.1.Dense.kernel_initializer": {"RandomNormal": {"stddev": 50}}},
            "W113",
        ),
    ],
)
def test_signals(overrides, code):
    with bench_of(DIGITS, overrides) as bench:
        found = run_probes(bench, [Signal()])[0]
    assert code in [str(verdict.code) for verdict in found.outcome.verdicts]
    assert all(verdict.path == "model.1" for verdict in found.outcome.verdicts)


def test_gradients_that_vanish():
    deep = ["Flatten", *[{"Dense": {"units": 8, "activation": "sigmoid"}}] * 8, {"Dense": {"units": "=classes"}}]
    with bench_of(DIGITS, {"model": deep}) as bench:
        found = run_probes(bench, [Gradients()])[0]
    assert [str(verdict.code) for verdict in found.outcome.verdicts] == ["E105"]
    assert "vanish" in found.outcome.verdicts[0].message


def test_values_that_are_not_finite_explode():
    with bench_of(DIGITS, {"model.1.Dense.kernel_initializer": {"RandomNormal": {"stddev": 1e30}}}) as bench:
        results = run_probes(bench, [Signal(), Gradients(), UpdateRatio()])
    messages = [str(verdict) for entry in results for verdict in entry.outcome.verdicts]
    assert any("gradients explode" in message and "expected finite numbers" in message for message in messages)
    assert not any("learning_rate=nan" in message for message in messages)


@pytest.mark.parametrize(("rate", "code"), [(1e3, "E106"), (1e-8, "W107"), (0.01, None)])
def test_updates(rate, code):
    with bench_of(DIGITS, {"train.optimizer.SGD.learning_rate": rate}) as bench:
        found = run_probes(bench, [UpdateRatio()])[0]
    assert [str(verdict.code) for verdict in found.outcome.verdicts] == ([code] if code else [])


def test_one_layer_has_neither_signal_nor_a_ratio_of_gradients():
    with bench_of(DIGITS, {"model": ["Flatten", {"Dense": {"units": "=classes"}}]}) as bench:
        results = run_probes(bench, [Signal(), Gradients()])
    assert [entry.status for entry in results] == [Status.NOT_APPLICABLE] * 2
