"""On two replicas everything is what it is on one device."""

import json
import sys
from pathlib import Path

import pytest
import warm_process

pytestmark = pytest.mark.tensorflow

#: The order of additions is another one.
CLOSE = 1e-6


@pytest.fixture(scope="module")
def found():
    """What one child with two devices found."""
    command = [sys.executable, "-m", "tests.callbacks.replica_cases"]
    done = warm_process.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", ["decay 0.9", "equal", "every 2, start 3, warmup"])
def test_averages_are_those_of_one_device(found, name):
    line = found["averages"][name]
    assert line["replicas"] == 2
    assert line["replicas agree"]
    assert line["averages"] <= CLOSE
    assert line["raw"] <= CLOSE
    assert line["raw as without"]
    assert line["moved"] > 1e-3
    assert line["updates"] == [12, 12]


def test_rates_are_those_of_the_curve(found):
    rates = found["rates"]
    assert rates["steps"] == pytest.approx(rates["curve"], rel=1e-6)
    assert rates["epochs"] == pytest.approx([rates["curve"][5], rates["curve"][11]], rel=1e-6)


def test_the_weights_of_the_best_epoch_are_restored_on_each(found):
    assert found["restored"] == {"epochs": 3, "best epoch": 1, "weights are those": True, "last ones differ": True}


def test_a_nan_of_the_second_replica_alone_is_found_in_its_step(found):
    assert found["explosion"] == {
        "events": 1,
        "step": 4,
        "epoch": 1,
        "action": "stopped",
        "threshold": None,
        "loss is NaN": True,
        "steps": 4,
        "finite": True,
    }


def test_variables_of_a_callback_are_combined_as_it_declares(found):
    combined = found["combined"]
    one, other = (values[0] for values in combined["before"])
    assert one != other
    assert combined["state"] == {
        "first": one,
        "sum": pytest.approx(one + other, rel=1e-6),
        "mean": pytest.approx((one + other) / 2, rel=1e-6),
    }
    # Of a sum the first replica gets all.
    assert combined["after"] == [[6, 6, 6], [6, 0, 6]]


def test_statistics_of_a_sample_are_on_each_and_the_training_continues_with_the_own_ones_of_each(found):
    assert found["statistics"] == {"distance": pytest.approx(0, abs=CLOSE), "replicas differ": True, "rest": True}


def test_values_of_layers_are_those_of_one_device(found):
    one, two = found["measurement"]["one"], found["measurement"]["two"]
    assert len(one) == 2 + 2 * 3 * 3
    assert two == [pytest.approx(one, rel=1e-5)] * 2


def test_rows_of_layers_are_those_of_one_device_and_the_training_does_not_notice(found):
    rows = found["layer rows"]
    assert [row[0] for row in rows["one"][::2]] == [1, 4, 8, 12]
    assert rows["two"] == [pytest.approx(row, rel=1e-4) for row in rows["one"]]
    assert rows["unchanged"] == [True] * 3


def test_a_callback_that_declares_a_problem_is_refused(found):
    assert found["one device"] == "OneDevice: expected 1 replica, got 2; train on one device"


def test_several_steps_in_one_execution_are_refused(found):
    assert found["several steps"].startswith("steps_per_execution=2 does not work with 2 replicas")


def test_reestimation_is_refused(found):
    assert found["reestimate"].startswith("batch_norm='reestimate' does not work on 2 replicas")


def test_a_range_test_has_the_losses_of_one_device(found):
    line = found["range test"]
    assert line["two"] == pytest.approx(line["one"], rel=1e-5)
    assert len(line["one"]) == 12
    assert line["unchanged"]
