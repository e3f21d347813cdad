"""The layers of a training at its start, with their places in the spec."""

import numpy as np
import pytest
from benches import DIGITS, arrays_spec, bench_of, state_of

from kpipe.judge.protocol.measured_layers import measured_layers
from kpipe.judge.protocol.tiny_sample import tiny_sample
from kpipe.train.setup.layer_sample_count import layer_sample_count

pytestmark = pytest.mark.slow

MODEL = [
    "Flatten",
    {"Dense": {"units": 8, "name": "first"}},
    "BatchNormalization",
    "ReLU",
    {"Dense": {"units": 4, "kernel_initializer": "zeros", "name": "zero"}},
    {"Dense": {"units": "=classes", "name": "last"}},
]


def test_layers_have_their_places_and_kinds():
    with bench_of(DIGITS, {"model": MODEL, "checks.ignore": ["E004"]}) as bench:
        before = state_of(bench)
        found = {entry.name: entry for entry in measured_layers(bench.setup, bench.plan)}
        for old, new in zip(before, state_of(bench), strict=True):
            np.testing.assert_array_equal(old, new)
        x = np.asarray(tiny_sample(bench.prepared, bench.plan, 256, 0).values[0])
        inputs = {entry.name: entry for entry in bench.model.layers}
        first = np.asarray(inputs["first"].kernel)
    assert [*found] == ["first", "batch_normalization", "re_lu", "zero", "last"]
    assert [entry.path for entry in found.values()] == ["model.1", "model.2", "model.3", "model.4", "model.5"]
    assert [entry.has_kernel for entry in found.values()] == [True, False, False, True, True]
    assert [entry.is_output for entry in found.values()] == [False] * 4 + [True]
    # Neither what only scales nor what begins with zeros.
    assert [entry.is_judged for entry in found.values()] == [True, False, True, False, True]
    assert found["zero"].deviation == 0
    assert found["batch_normalization"].deviation == pytest.approx(1, abs=0.05)
    assert first.shape[0] == x.reshape(len(x), -1).shape[1]


def test_mixed_trainings_are_measured_on_their_own_labels():
    values = []
    for mix in (None, ["MixUp"]):
        with bench_of(DIGITS, {} if mix is None else {"data.mix": mix, "train.class_weight": "balanced"}) as bench:
            values.append(measured_layers(bench.setup, bench.plan))
    plain, mixed = values
    assert [entry.deviation for entry in mixed] == pytest.approx([entry.deviation for entry in plain], rel=1e-5)
    norms = [entry.gradient_norm for entry in mixed]
    assert norms == pytest.approx([entry.gradient_norm for entry in plain], rel=0.05)


@pytest.mark.parametrize(
    ("count", "features", "batch", "expected"),
    [(40, 3, 8, 40), (300, 3, 8, 256), (300, 2000, 8, 16), (300, 2000, 32, 32), (300, 2000, 128, 64)],
)
def test_large_samples_are_as_few_as_a_batch(tmp_path, count, features, batch, expected):
    arrays = {"x": np.random.default_rng(0).normal(size=(count, features)).astype("float32"), "y": np.arange(count) % 2}
    with bench_of(
        arrays_spec(tmp_path, arrays, "[{Dense: {units: =classes}}]", data=f", batch_size: {batch}")
    ) as bench:
        assert layer_sample_count(bench.prepared) == expected
