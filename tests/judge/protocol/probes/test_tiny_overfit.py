"""Twenty samples are fitted, or it is known whether the optimizer or the model is the reason."""

import numpy as np
import pytest
from benches import DIGITS, arrays_spec, bench_of

from kpipe.judge.protocol.outcome import Status
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.probes.tiny_overfit import TinyOverfit
from kpipe.judge.protocol.run_probes import run_probes

pytestmark = pytest.mark.slow


def fitted(overrides=(), spec=DIGITS):
    with bench_of(spec, overrides) as bench:
        return run_probes(bench, [TinyOverfit()])[0]


def codes(found):
    return [str(verdict.code) for verdict in found.outcome.verdicts]


NOISY = [
    "Flatten",
    {"Dense": {"units": 64, "activation": "relu"}},
    {"Dropout": {"rate": 0.9}},
    {"Dense": {"units": "=classes"}},
]


def test_noise_penalties_and_decay_are_off():
    overrides = {
        "model": NOISY,
        "train.regularize.l2": 10.0,
        "train.optimizer": {"AdamW": {"learning_rate": 0.01, "weight_decay": 10.0}},
        "data.mix": ["MixUp"],
    }
    found = fitted(overrides)
    fit = found.outcome.measured["fits"][0]
    assert found.status is Status.PASSED
    assert (fit["accuracy"], fit["optimizer"], len(found.outcome.measured["fits"])) == (1, "AdamW", 1)
    assert fit["last"] < 0.01 * fit["first"]


def test_an_optimizer_that_does_not_learn_is_told_from_the_model():
    found = fitted({"train.optimizer.SGD.learning_rate": 1e-7})
    assert codes(found) == ["E109"]
    assert [entry["optimizer"] for entry in found.outcome.measured["fits"]] == ["SGD", "SGD", "Adam"]
    assert [entry["is_fitted"] for entry in found.outcome.measured["fits"]] == [False, False, True]


def test_a_model_that_does_not_learn():
    found = fitted({"model.1.Dense.bias_initializer": {"Constant": {"value": -50}}})
    assert codes(found) == ["E108"]
    assert not any(entry["is_fitted"] for entry in found.outcome.measured["fits"])


def test_without_time_for_a_second_draw_it_is_undecided():
    with bench_of(DIGITS, {"train.optimizer.SGD.learning_rate": 1e-7}) as bench:
        assert bench.opening.ratio > 0
        bench.affords = lambda price: price == Price(0)
        found = TinyOverfit().run(bench)
    assert found.status is Status.UNDECIDED
    assert len(found.measured["fits"]) == 1


def test_numbers_are_fitted_by_their_loss(tmp_path):
    x = np.random.default_rng(1).normal(size=(60, 5)).astype("float32")
    train = "{epochs: 1, optimizer: {Adam: {learning_rate: 0.01}}}"
    model = "[{Dense: {units: 64, activation: relu}}, {Dense: {units: 1}}]"
    found = fitted(spec=arrays_spec(tmp_path, {"x": x, "y": x[:, 0] * x[:, 1]}, model, train))
    fit = found.outcome.measured["fits"][0]
    assert (found.status, fit["accuracy"]) == (Status.PASSED, None)
    assert fit["last"] <= found.outcome.threshold["loss"]


def test_the_learning_rate_rises_if_the_schedule_has_a_warm_up():
    schedule = {"CosineSchedule": {"warmup_epochs": 1, "learning_rate": 0.2}}
    with bench_of(DIGITS, {"train.callbacks": [schedule]}) as bench:
        rates = [TinyOverfit()._rate(bench, number) for number in (0, 9, 19, 100)]
        peak = bench.rates.peak
    assert rates == pytest.approx([peak / 20, peak / 2, peak, peak])
