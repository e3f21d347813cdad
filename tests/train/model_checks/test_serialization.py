"""Models that cannot be loaded again are refused before the training, at the layer that is the cause."""

import hashlib
import random

import keras
import numpy as np
import pytest
from golden import expect_message, raises

import kpipe
from kpipe.errors import SpecError
from kpipe.train.model_checks import serialization
from kpipe.train.model_checks.serialization import check_serialization

CODE = '''
import keras

MADE = [3]


class Base(keras.layers.Layer):
    def __init__(self, scale: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, x):
        return x * self.scale


class Whole(Base):
    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


class Forgetful(Base):
    def get_config(self):
        return super().get_config()


class More(Whole):
    def get_config(self):
        return {**super().get_config(), "more": 1}


class Code(Whole):
    def get_config(self):
        return {**super().get_config(), "scale": lambda x: x}


class NoJson(Whole):
    def get_config(self):
        return {**super().get_config(), "scale": {1, 2}}


class Reads(Whole):
    """Its configuration has another name for the argument, which it knows."""

    def get_config(self):
        return {**keras.layers.Layer.get_config(self), "factor": self.scale}

    @classmethod
    def from_config(cls, config):
        return cls(scale=config.pop("factor"), **config)


class Fails(Whole):
    @classmethod
    def from_config(cls, config):
        return cls(config["absent"])


class Changes(keras.layers.Layer):
    """Has one weight more each time that it is made."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        MADE[0] += 1
        self.length = MADE[0]

    def build(self, shape):
        self.weight = self.add_weight(shape=(self.length,))

    def call(self, x):
        return x + self.weight[0]


class _Helper:
    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config):
        return cls()


class Helped(Base):
    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "helper": keras.saving.serialize_keras_object(_Helper())}

    @classmethod
    def from_config(cls, config):
        keras.saving.deserialize_keras_object(config.pop("helper"))
        return cls(**config)


class Full(keras.initializers.Initializer):
    def __init__(self, value: float):
        self.value = value

    def __call__(self, shape, dtype=None):
        return keras.ops.full(shape, self.value, dtype)
'''


def pipeline(folder, *layers):
    (folder / "mine.py").write_text(CODE)
    listed = "".join(f"  - {layer}\n" for layer in layers)
    text = f"name: a\nimports: [./mine.py]\ndata: {{source: Iris}}\nmodel:\n{listed}  - Dense: {{units: =classes}}\n"
    (folder / "spec.yaml").write_text(text)
    return kpipe.load(folder / "spec.yaml", {"train.epochs": 1})


@pytest.mark.parametrize(
    "layer", ["Whole: {scale: 2}", "Forgetful", "Forgetful: {scale: 1}", "Reads: {scale: 2}", "Base: {scale: 2}"]
)
def test_what_can_be_opened_again_is_trained_and_opened(tmp_path, layer):
    run = pipeline(tmp_path, layer).run(tmp_path / "run")
    loaded = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
    for now, before in zip(loaded.get_weights(), run.model.get_weights(), strict=True):
        np.testing.assert_array_equal(now, before)
    assert loaded.layers[1].scale == run.model.layers[1].scale


@pytest.mark.parametrize(
    ("layer", "path"),
    [
        ("Forgetful: {scale: 2}", "model.1.Forgetful.scale"),
        ("TimeDistributed: {layer: {Forgetful: {scale: 2}}}", "model.1.TimeDistributed.layer.Forgetful.scale"),
        ("Dense: {units: 2, kernel_initializer: {Full: {value: 1}}}", "model.1.Dense.kernel_initializer.Full.value"),
        ("More", "model.1"),
        ("Code", "model.1"),
        ("NoJson", "model.1"),
        ("Fails", "model.1"),
        ("Changes", "model.1"),
        ("Helped", "model.1"),
    ],
)
def test_what_cannot_is_refused_before_the_training(tmp_path, layer, path):
    with pytest.raises(SpecError) as caught:
        pipeline(tmp_path, "Whole", layer).run(tmp_path / "run")
    (problem,) = caught.value.problems
    assert (problem.path, problem.mark.line) == (path, 6)
    expect_message(problem.message)
    assert not (tmp_path / "run").exists()


def test_a_model_of_python_functions_is_not_opened_in_safe_mode():
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x + 1)(inputs))
    with raises(SpecError):
        check_serialization(model, [], lambda path: None)


def test_weights_that_keras_does_not_find_again_are_noticed(tmp_path):
    """Keras opens a layer that is called twice, and makes two of one that two wrappers share."""
    shared = keras.layers.Dense(2)
    inputs = keras.Input((3, 2))
    check_serialization(keras.Model(inputs, shared(shared(inputs))), [], lambda path: None)
    one, two = (keras.layers.TimeDistributed(shared)(inputs) for _ in range(2))
    model = keras.Model(inputs, keras.layers.Add()([one, two]))
    with raises(SpecError):
        check_serialization(model, [], lambda path: None)
    model.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="could not be loaded"):
        keras.saving.load_model(tmp_path / "model.keras")


def test_the_check_leaves_no_trace_in_the_run(tmp_path, monkeypatch):
    """The same weights and the same random numbers as without it."""
    found = []
    for name in ("with", "without"):
        if name == "without":
            monkeypatch.setattr(serialization, "check_serialization", lambda *arguments: None)
        random.seed(1)
        run = pipeline(tmp_path, "Dropout: {rate: 0.5}", "Dense: {units: 4}", "Dropout: {rate: 0.5}").run(
            tmp_path / name
        )
        weights = hashlib.sha256(b"".join(weight.tobytes() for weight in run.model.get_weights())).hexdigest()
        found.append((weights, run.history["loss"], random.random()))
    assert found[0] == found[1]
