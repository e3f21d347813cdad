"""The prices of a training that is set up for measurements."""

import numpy as np
import pytest
from benches import DIGITS, bench_of, state_of

from kpipe.judge.protocol.bench import Bench
from kpipe.judge.protocol.price import Price
from kpipe.judge.protocol.step_times import StepTimes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench():
    with bench_of() as found:
        yield found


def test_prices_are_those_of_the_median_step(bench):
    bench.times = StepTimes([30.0, 4.0, 5.0, 100.0])
    assert bench.price(10) == Price(50)
    assert bench.price(10, traces=2) == Price(50, 50)
    assert bench.price(10, samples=8) == Price(12.5)
    steps = bench.prepared.steps("train")
    assert bench.run_seconds == 5 * 2 * steps
    assert bench.layers_price() == Price(5 * 256 / 32, 25)


def test_measurements_are_shared_and_change_nothing():
    with bench_of() as bench:
        before = state_of(bench)
        assert bench.opening is bench.opening
        assert len(bench.times) == 2
        assert bench.layers is bench.layers
        assert bench.layers_price() == Price(0)
        for old, new in zip(before, state_of(bench), strict=True):
            np.testing.assert_array_equal(old, new)


COUNTED = """
import keras


class Counted(keras.layers.Layer):
    calls = 0

    def call(self, inputs):
        Counted.calls += 1
        return inputs
"""


def test_the_model_is_not_called_again(tmp_path):
    (tmp_path / "counted.py").write_text(COUNTED)
    model = ["Flatten", "Counted", {"Dense": {"units": "=classes"}}]
    with bench_of(DIGITS, {"imports": [str(tmp_path / "counted.py")], "model": model}) as bench:
        counted = next(type(layer) for layer in bench.model.layers if type(layer).__name__ == "Counted")
        assert counted.calls > 0
        before = counted.calls
        Bench(bench.setup, bench.plan, bench.stopwatch, bench.budget)
        assert counted.calls == before


@pytest.mark.parametrize(
    ("overrides", "accumulation", "updates"),
    [({}, 1, 102), ({"train.optimizer.SGD.gradient_accumulation_steps": 4}, 4, 25), ({"train.epochs": 10}, 1, 510)],
)
def test_updates(overrides, accumulation, updates):
    with bench_of(DIGITS, overrides) as bench:
        assert (bench.accumulation, bench.updates) == (accumulation, updates)
        assert bench.prepared.steps("train") == 51


def test_a_new_optimizer_is_that_of_the_spec_with_the_highest_rate():
    schedule = {"CosineSchedule": {"warmup_epochs": 1, "learning_rate": 0.2}}
    overrides = {"train.optimizer.SGD.momentum": 0.9, "train.callbacks": [schedule]}
    with bench_of(DIGITS, overrides) as bench:
        optimizer = bench.new_optimizer()
        assert (optimizer.momentum, float(optimizer.learning_rate)) == (0.9, pytest.approx(0.2, rel=1e-3))
        assert float(bench.model.optimizer.learning_rate) == pytest.approx(0.2, rel=1e-3)


STAGES = [{"epochs": 2, "optimizer": "Adam"}, {"epochs": 3, "data": {"batch_size": 64}}]


def test_the_expected_time_is_that_of_all_stages():
    with bench_of(DIGITS, {"train.stages": STAGES}) as bench:
        bench.times = StepTimes([5.0])
        steps, later = bench.prepared.steps("train"), -(-len(bench.prepared.parts["train"]) // 64)
        assert bench.run_seconds == 5 * (2 * steps + 3 * 2 * later)
        assert bench.updates == 2 * steps
        assert bench.places.learning_rate == "train.stages.0.optimizer"
