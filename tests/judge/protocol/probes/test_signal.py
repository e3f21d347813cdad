"""The signal of a layer is compared with that of the first one."""

import pytest
from benches import DIGITS, bench_of

from kpipe.judge.protocol.outcome import Status
from kpipe.judge.protocol.probes.gradients import Gradients
from kpipe.judge.protocol.probes.signal import Signal
from kpipe.judge.protocol.probes.update_ratio import UpdateRatio
from kpipe.judge.protocol.run_probes import run_probes

pytestmark = pytest.mark.slow

HIDDEN = {"Dense": {"units": 16, "activation": "relu"}}
DEEP = ["Flatten", HIDDEN, HIDDEN, {"Dense": {"units": "=classes"}}]


def signal(overrides):
    with bench_of(DIGITS, {"model": DEEP, **overrides}) as bench:
        return run_probes(bench, [Signal()])[0]


def test_small_inputs_are_no_fault_of_the_layers():
    result = signal({"data.prepare": ["Rescale"]})
    assert min(entry["deviation"] for entry in result.outcome.measured["layers"]) < 0.01
    assert result.status is Status.PASSED


def test_a_layer_that_loses_the_signal_is_found_beside_one_of_the_same_name():
    small = {"RandomNormal": {"stddev": 1e-3}}
    result = signal({f"model.{place}.Dense.kernel_initializer": small for place in (1, 2)})
    (verdict,) = result.outcome.verdicts
    first, second = (entry["deviation"] for entry in result.outcome.measured["layers"])
    assert (verdict.code, verdict.path) == ("E103", "model.2")
    assert second < 0.01 * first
    assert verdict.threshold["lowest"] == pytest.approx(0.01 * first)


def test_a_layer_whose_outputs_are_constant_is_found():
    result = signal({"model.1.Dense.bias_initializer": {"Constant": {"value": -50}}})
    assert [str(verdict.code) for verdict in result.outcome.verdicts] == ["E103", "E104"]


def test_a_last_layer_of_zeros_lets_no_gradient_through_at_first():
    with bench_of(
        DIGITS, {"model": [*DEEP[:-1], {"Dense": {"units": "=classes", "kernel_initializer": "zeros"}}]}
    ) as bench:
        results = run_probes(bench, [Gradients(), UpdateRatio()])
    assert results[0].outcome.measured["ratio"] == results[1].outcome.measured["ratio"] == 0
    assert [result.status for result in results] == [Status.PASSED, Status.PASSED]
