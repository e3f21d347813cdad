"""The gradients of custom layers are checked, each configuration once."""

import pytest
from benches import DIGITS, bench_of

from kpipe.judge.protocol.outcome import Status
from kpipe.judge.protocol.probes.layer_gradients import LayerGradients
from kpipe.judge.protocol.run_probes import run_probes

pytestmark = pytest.mark.slow

CODE = """
import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="own")
class Power(keras.layers.Layer):
    def __init__(self, factor=1.0, **arguments):
        super().__init__(**arguments)
        self.factor = factor

    def call(self, inputs):
        @tf.custom_gradient
        def square(x):
            return x * x, lambda upstream: self.factor * 2 * x * upstream

        return square(inputs)

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package="own")
class Mean(keras.layers.Layer):
    def call(self, inputs):
        return (inputs[0] + inputs[1]) / 2


@keras.saving.register_keras_serializable(package="own")
class Refuses(keras.layers.Layer):
    def call(self, inputs):
        if inputs.dtype == tf.float64:
            raise ValueError("float64 is not supported")
        return inputs
"""


def checked(tmp_path, model):
    (tmp_path / "own.py").write_text(CODE)
    (tmp_path / "a.yaml").write_text(f"imports: [own.py]\n{DIGITS}")
    with bench_of(tmp_path / "a.yaml", {"model": ["Flatten", *model, {"Dense": {"units": "=classes"}}]}) as bench:
        return run_probes(bench, [LayerGradients()])[0]


def test_right_gradients_pass(tmp_path):
    dense = {"Dense": {"units": 8, "name": "a"}}
    found = checked(tmp_path, [dense, "Power", {"Power": {"name": "b"}}, {"Mean": {"inputs": ["a", "b"]}}])
    assert found.status is Status.PASSED
    assert len(found.outcome.measured["errors"]) == 2
    assert found.price.total == 1.0


def test_a_wrong_gradient_is_found_at_its_layer(tmp_path):
    found = checked(tmp_path, [{"Dense": {"units": 8}}, "Power", {"Power": {"factor": 0.5}}])
    assert [str(verdict.code) for verdict in found.outcome.verdicts] == ["E114"]
    assert found.outcome.verdicts[0].path == "model.3"
    assert found.outcome.verdicts[0].measured["error"] == pytest.approx(0.5, abs=1e-6)


def test_a_layer_without_float64_is_undecided(tmp_path):
    found = checked(tmp_path, [{"Dense": {"units": 8}}, "Refuses"])
    assert found.status is Status.UNDECIDED
    assert "float64 is not supported" in found.outcome.summary


def test_layers_of_keras_and_kpipe_are_not_checked():
    with bench_of() as bench:
        found = run_probes(bench, [LayerGradients()])[0]
    assert (found.status, found.price.total) == (Status.NOT_APPLICABLE, 0)
