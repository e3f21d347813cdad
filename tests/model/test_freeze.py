"""Frozen layers in a training."""

import keras
import numpy as np
import pytest
from golden import expect_message, expect_messages, raises
from random_seed import set_random_seed

import kpipe
from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.keras_internals import sublayers
from kpipe.model.freeze import freeze, frozen_line, thaw
from kpipe.report.overview import overview
from kpipe.train.run_control import RunControl

from .test_model_layers import built_of

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
]

CODE = '''
import keras
import tensorflow as tf

import kpipe


@kpipe.register(kind="layer")
def Body(**kwargs):
    layers = [keras.layers.Dense(8, name="first"), keras.layers.BatchNormalization(name="norm")]
    return keras.Sequential([*layers, keras.layers.Dropout(0.5, name="drop"), keras.layers.Dense(6, name="last")], **kwargs)


class Around(keras.layers.Layer):
    """Has random layers inside, and no argument for the mode."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.drop = keras.layers.Dropout(0.5)

    def call(self, inputs):
        return self.drop(inputs)


class NoGradient(keras.layers.Layer):
    """Cannot be differentiated."""

    def call(self, inputs):
        @tf.custom_gradient
        def identity(x):
            def gradient(upstream):
                raise AssertionError("a gradient was computed below the lowest layer that is trained")

            return tf.identity(x), gradient

        return identity(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape
'''
MODEL = [
    "Flatten",
    {"Dense": {"units": 8, "activation": "relu", "name": "stem"}},
    {"BatchNormalization": {"name": "norm"}},
    {"Dropout": {"rate": 0.5, "name": "drop"}},
    {"SpectralNormalization": {"layer": {"Dense": {"units": 8}}, "name": "spectral"}},
    {"BatchNormalization": {"name": "later"}},
    {"Dense": {"units": "=classes", "name": "head"}},
]


def spec_of(tmp_path, freeze, model=MODEL, **train):
    code = tmp_path / "code.py"
    code.write_text(CODE)
    return {
        "name": "frozen",
        "imports": [str(code)],
        "data": {"source": "Digits", "batch_size": 64, "prepare": ["Rescale"]},
        "model": model,
        "train": {"epochs": 2, "freeze": freeze, **train},
    }


def changed(before, after):
    """The names of the layers whose weights have changed by a bit."""
    return [
        layer.name
        for layer in before.layers
        if layer.weights
        and not all(
            np.array_equal(*pair)
            for pair in zip(layer.get_weights(), after.get_layer(layer.name).get_weights(), strict=True)
        )
    ]


@pytest.mark.parametrize(
    ("freeze", "trained"),
    [
        ([], ["stem", "norm", "spectral", "later", "head"]),
        (["stem", "norm", "drop", "spectral"], ["later", "head"]),
        ([{"First": {"share": 0.6}}], ["later", "head"]),
        ([{"Last": {"share": 0.2}}, "spectral"], ["stem", "norm", "later"]),
        ([{"Matching": {"pattern": "(?!head).*"}}], ["head"]),
    ],
    ids=["nothing", "items", "first", "last", "matching"],
)
def test_weights_and_statistics_of_frozen_layers_do_not_change_by_a_bit(tmp_path, freeze, trained):
    pipeline = kpipe.load(spec_of(tmp_path, freeze))
    before = pipeline.build()
    run = pipeline.run(tmp_path / "run")
    assert changed(before, run.model) == trained
    frozen = sum(np.size(value) for value in before.get_weights()) - run.result["parameters"]
    assert run.result["parameters_frozen"] == frozen


def difference(built, name):
    """The largest difference of the output of a layer in training and in inference."""
    part = keras.Model(built.model.input, built.model.get_layer(name).output)
    x = np.random.default_rng(0).integers(0, 16, (32, *built.model.input.shape[1:])).astype(np.uint8)
    set_random_seed(1)
    return float(np.abs(part(x, training=True).numpy() - part(x, training=False).numpy()).max())


def test_dropout_is_off_in_frozen_layers_unless_it_is_asked_for(tmp_path):
    frozen = ["stem", "norm", "drop"]
    assert difference(built_of(spec_of(tmp_path, [])), "drop") > 0.1
    assert difference(built_of(spec_of(tmp_path, frozen)), "drop") == 0
    with_dropout = built_of(spec_of(tmp_path, frozen, frozen_dropout=True))
    assert difference(with_dropout, "drop") > 0.01
    assert difference(with_dropout, "norm") == 0
    # Only what is frozen is in inference.
    assert difference(built_of(spec_of(tmp_path, ["stem", "norm"])), "drop") > 0.01


def test_random_layers_inside_custom_layers_are_off(tmp_path):
    model = ["Flatten", {"Around": {"name": "around"}}, {"Dense": {"units": "=classes", "name": "head"}}]
    assert difference(built_of(spec_of(tmp_path, [], model)), "around") > 0
    assert difference(built_of(spec_of(tmp_path, ["around"], model)), "around") == 0


def test_no_gradient_is_computed_below_the_lowest_trained_layer(tmp_path):
    model = [*MODEL[:2], {"NoGradient": {"name": "barrier"}}, *MODEL[2:]]
    with pytest.raises(AssertionError):
        kpipe.load(spec_of(tmp_path, ["barrier", "norm"], model)).run(tmp_path / "one")
    run = kpipe.load(spec_of(tmp_path, ["stem", "barrier", "norm"], model)).run(tmp_path / "two")
    assert run.result["status"] == "completed"


def test_layers_inside_a_network_are_frozen_one_by_one(tmp_path):
    model = ["Flatten", {"Body": {"name": "body"}}, {"Dense": {"units": "=classes", "name": "head"}}]
    pipeline = kpipe.load(spec_of(tmp_path, [{"First": {"share": 0.6, "of": "body"}}], model))
    before, run = pipeline.build(), pipeline.run(tmp_path / "run")
    assert changed(before, run.model) == ["body", "head"]
    assert changed(before.get_layer("body"), run.model.get_layer("body")) == ["last"]
    built = built_of(spec_of(tmp_path, ["body"], model))
    assert [*built.frozen] == ["body/first", "body/norm", "body/drop", "body/last"]
    expect_message(frozen_line(built))


def test_the_optimizer_has_variables_for_trained_layers_only(tmp_path):
    model = kpipe.load(spec_of(tmp_path, ["stem", "norm", "spectral", "later"])).build()
    assert [variable.path.split("/")[-1] for variable in model.optimizer.variables[2:]] == [
        "head_kernel_momentum",
        "head_kernel_velocity",
        "head_bias_momentum",
        "head_bias_velocity",
    ]


def test_a_resumed_run_is_bit_identical(tmp_path):
    pipeline = kpipe.load(spec_of(tmp_path, ["stem", "norm", "drop"], epochs=3))
    whole = pipeline.run(tmp_path / "whole")
    pipeline.run(tmp_path / "paused", control=RunControl(pause_after=1))
    resumed = pipeline.run(tmp_path / "paused", resume=True)
    assert changed(whole.model, resumed.model) == []
    assert changed(pipeline.build(), resumed.model) == ["spectral", "later", "head"]


def test_frozen_layers_are_printed(tmp_path):
    pipeline = kpipe.load(spec_of(tmp_path, ["stem", "norm", "drop"]))
    lines = []
    pipeline.validate(say=lines.append)
    expect_messages(line for line in lines if line.startswith("freeze"))
    expect_messages(line for line in overview(pipeline.spec, lines.append).splitlines() if line.startswith("  frozen"))


@pytest.mark.parametrize(
    ("freeze", "train"),
    [
        (["stemm"], {}),
        ([{"First": {"share": 1}}], {}),
        ([{"First": {"share": 0}}], {}),
        (["Stem"], {}),
        ("stem", {}),
        ([["stem"]], {}),
        (["stem"], {"frozen_dropout": "on"}),
        ([], {"frozen_dropout": True}),
    ],
    ids=["unknown", "everything", "share", "class", "string", "nested", "dropout", "unused"],
)
def test_entries_that_are_not_allowed(tmp_path, freeze, train):
    with raises(SpecError):
        kpipe.load(spec_of(tmp_path, freeze, **train)).build()


def test_a_layer_that_is_not_trainable_by_its_argument_is_as_before(tmp_path):
    model = [*MODEL[:2], {"BatchNormalization": {"name": "norm", "trainable": False}}, *MODEL[3:]]
    pipeline = kpipe.load(spec_of(tmp_path, ["stem"], model))
    before, run = pipeline.build(), pipeline.run(tmp_path / "run")
    assert changed(before, run.model) == ["spectral", "later", "head"]


THAWED = {
    "name": "thawed",
    "data": {"source": "Digits"},
    "model": [
        {"Conv2D": {"name": "fixed", "filters": 2, "kernel_size": 3, "trainable": False}},
        {
            "DropConnect": {
                "name": "around",
                "rate": 0.2,
                "layer": {"Conv2D": {"filters": 2, "kernel_size": 3, "trainable": False}},
            }
        },
        {"Dropout": {"name": "drop", "rate": 0.9}},
        "Flatten",
        {"Dense": {"name": "body", "units": 5}},
        {"Dense": {"name": "head", "units": "=classes"}},
    ],
}


def test_a_thawed_model_is_as_before():
    built = built_of(THAWED)
    layers = sublayers(built.model)
    before = [layer.trainable for layer in layers]
    assert before.count(False) == 2
    for only in (["head"], ["body"], ["around", "head"]):
        freeze(checked({**THAWED, "train": {"only": only}}), built)
        assert [layer.trainable for layer in layers] != before
        thaw(built)
        assert [layer.trainable for layer in layers] == before
    assert not any("call" in vars(layer) for layer in layers)
    x = np.ones((1, 200))
    assert (keras.ops.convert_to_numpy(built.model.get_layer("drop")(x, training=True)) == 0).any()


def test_only_is_the_opposite_of_freeze(tmp_path):
    frozen = built_of({**THAWED, "train": {"freeze": ["fixed", "around", "drop", "flatten", "body"]}}).frozen
    assert built_of({**THAWED, "train": {"only": ["head"]}}).frozen == frozen
    assert built_of({**THAWED, "train": {"only": ["body", "head"], "freeze": ["body"]}}).frozen == frozen


def test_users_can_thaw_a_model(tmp_path):
    model = kpipe.load(spec_of(tmp_path, ["stem", "norm", "drop", "spectral"])).build()
    before = keras.models.clone_model(model)
    before.set_weights(model.get_weights())
    for layer in model.layers:
        layer.trainable = True
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    data = np.random.default_rng(0)
    x, y = data.uniform(0, 16, (64, *model.input_shape[1:])).astype(model.input.dtype), data.integers(0, 10, 64)
    model.fit(x, y, verbose=0)
    assert changed(before, model) == ["stem", "norm", "spectral", "later", "head"]
