"""Trainings with the features of frozen layers, against trainings that compute these layers in each step."""

import csv
import os
import signal

import numpy as np
import pytest
from golden import expect_message, expect_messages

import kpipe
from kpipe.train.frozen_features.feature_calls import FeatureCalls
from kpipe.train.run_control import RunControl

# Keras' own saver calls NumPy in a way that NumPy 2 will refuse one day.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

BODY = [
    {"Conv2D": {"filters": 6, "kernel_size": 3, "use_bias": False, "name": "conv"}},
    {"BatchNormalization": {"name": "norm"}},
    {"ReLU": {"name": "relu"}},
    {"Dropout": {"rate": 0.2, "name": "drop"}},
    {"Conv2D": {"filters": 8, "kernel_size": 3, "name": "second"}},
    {"MaxPooling2D": {"name": "pool"}},
]
HEAD = [
    "Flatten",
    {"Dense": {"units": 12, "name": "hidden"}},
    "BatchNormalization",
    "ReLU",
    {"Dropout": {"rate": 0.3}},
    {"Dense": {"units": "=classes", "name": "head"}},
]
FROZEN = ["conv", "norm", "relu", "drop", "second", "pool"]


def spec_of(data=None, model=None, **train):
    data = {"batch_size": 100, "test": 0.2, "prepare": ["Standardize"], **(data or {})}
    train = {"epochs": 2, "freeze": FROZEN, "initialize": ["LSUV"], **train}
    return {"name": "f", "data": {"source": "Digits", **data}, "model": model or [*BODY, *HEAD], "train": train}


def trained(spec, folder, cache="auto", **arguments):
    spec = {**spec, "data": {"cache": cache, **spec["data"]}}
    return kpipe.load(spec).run(folder, **arguments)


def lines(folder):
    """The messages about features."""
    return [line for line in (folder / "log.txt").read_text().splitlines() if "features:" in line]


def rows(path):
    """A table without the times."""
    with path.open() as file:
        return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def assert_identical(run, expected):
    """Compare weights, and what the runs have measured, to the bit."""
    for value, other in zip(run.model.get_weights(), expected.model.get_weights(), strict=True):
        np.testing.assert_array_equal(value, other)
    for name in ("history.csv", "steps.csv", "measurements.csv", "validations.csv", "layers.csv"):
        first, second = run.folder.path / name, expected.folder.path / name
        assert first.exists() == second.exists()
        assert not first.exists() or rows(first) == rows(second)
    for part in ("validation", "test"):
        assert run.result[part] == expected.result[part]


CASES = {
    "float32": {},
    "mixed precision": {"precision": "mixed_float16"},
    "bfloat16": {"precision": "mixed_bfloat16"},
    "XLA": {"jit_compile": True},
    "several steps in a call": {"steps_per_execution": 4},
    "class weights and penalties": {"class_weight": "balanced", "regularize": {"l2": 0.01}},
    "averages of weights": {
        "optimizer": {"Adam": {"use_ema": True}},
        "callbacks": [{"LayerStatistics": {"every_steps": 5}}],
        "validate": {"every_steps": 5},
    },
    "callbacks in the step": {
        "callbacks": ["CosineSchedule", {"PolyakAveraging": {"decay": 0.9}}, {"EarlyStopping": {"monitor": "loss"}}]
    },
    "random layers that are on": {"frozen_dropout": True},
}


@pytest.mark.parametrize("train", CASES.values(), ids=CASES)
def test_results_are_those_of_the_frozen_network_to_the_bit(tmp_path, train):
    spec = spec_of(**train)
    run = trained(spec, tmp_path / "features")
    assert_identical(run, trained(spec, tmp_path / "frozen", "none"))
    expect_messages(lines(tmp_path / "features"))
    assert not lines(tmp_path / "frozen")


def test_steps_on_the_whole_training_part_use_features(tmp_path):
    model = [*BODY, "Flatten", {"Dense": {"units": "=classes", "name": "head"}}]
    spec = spec_of(model=model, optimizer="LBFGS", epochs=4, regularize={"l2": 0.01})
    assert_identical(trained(spec, tmp_path / "features"), trained(spec, tmp_path / "frozen", "none"))
    assert lines(tmp_path / "features")


def test_a_resumed_training_is_identical_and_contains_the_frozen_layers(tmp_path):
    spec = spec_of(epochs=3, checkpoint={"every_steps": 4}, callbacks=[{"PolyakAveraging": {"decay": 0.9}}])
    whole = trained(spec, tmp_path / "frozen", "none")
    trained(spec, tmp_path / "run", control=RunControl(pause_after=1))
    trained(spec, tmp_path / "run", control=RunControl(pause_after=2), resume=True)
    resumed = trained(spec, tmp_path / "run", resume=True)
    assert_identical(resumed, whole)
    assert len(lines(tmp_path / "run")) == 3


def test_with_augmentation_only_evaluations_use_features(tmp_path):
    spec = spec_of({"augment": [{"Affine": {"rotate": [-10, 10]}}], "workers": 0})
    assert_identical(trained(spec, tmp_path / "features"), trained(spec, tmp_path / "frozen", "none"))
    expect_messages(lines(tmp_path / "features"))


CODE = '''
import keras


class Centered(keras.layers.Layer):
    """Subtracts the mean of the batch."""

    def call(self, inputs):
        return inputs - keras.ops.mean(inputs, axis=0, keepdims=True)


class Shaking(keras.callbacks.Callback):
    """Changes a frozen layer."""

    def on_epoch_end(self, epoch, logs=None):
        kernel = self.model.get_layer("second").kernel
        kernel.assign(kernel * 1.5)
'''


def test_features_are_computed_again_if_a_custom_callback_changes_a_frozen_layer(tmp_path):
    (tmp_path / "code.py").write_text(CODE)
    spec = {**spec_of(callbacks=["Shaking"], epochs=3), "imports": [str(tmp_path / "code.py")]}
    run = trained(spec, tmp_path / "features")
    assert_identical(run, trained(spec, tmp_path / "frozen", "none"))
    assert lines(tmp_path / "features")


def test_an_interruption_while_features_are_computed_loses_nothing(tmp_path, monkeypatch):
    spec = spec_of(stages=[{"epochs": 1}, {"epochs": 2, "data": {"batch_size": 50}}])
    whole = trained(spec, tmp_path / "whole")
    compute = FeatureCalls.features
    for kept in (0, 1):
        traces = iter(range(9))

        def interrupted(self, x, traces=traces, kept=kept):
            if next(traces) == kept:
                os.kill(os.getpid(), signal.SIGINT)
            return compute(self, x)

        monkeypatch.setattr(FeatureCalls, "features", interrupted)
        with pytest.raises(KeyboardInterrupt):
            trained(spec, tmp_path / "run", resume=bool(kept))
    monkeypatch.setattr(FeatureCalls, "features", compute)
    assert_identical(trained(spec, tmp_path / "run", resume=True), whole)


def test_each_stage_has_features_of_its_own(tmp_path):
    stages = [
        {"epochs": 2, "only": ["head", "hidden"]},
        {"epochs": 1, "only": ["head"], "data": {"batch_size": 50}},
        {"epochs": 1},
    ]
    spec = spec_of(stages=stages, choose={"monitor": "last"})
    del spec["train"]["freeze"]
    whole = trained(spec, tmp_path / "frozen", "none")
    assert_identical(trained(spec, tmp_path / "features"), whole)
    expect_message("\n".join(lines(tmp_path / "features")))
    trained(spec, tmp_path / "run", control=RunControl(pause_after=1))
    trained(spec, tmp_path / "run", control=RunControl(pause_after=3), resume=True)
    assert_identical(trained(spec, tmp_path / "run", resume=True), whole)


def test_features_that_depend_on_other_samples_are_not_used(tmp_path):
    (tmp_path / "code.py").write_text(CODE)
    model = [*BODY, "Flatten", {"Centered": {"name": "centered"}}, *HEAD[1:]]
    spec = {**spec_of(model=model), "imports": [str(tmp_path / "code.py")]}
    assert_identical(trained(spec, tmp_path / "features"), trained(spec, tmp_path / "frozen", "none"))
    assert lines(tmp_path / "features")[1:] == [
        "features: the outputs of frozen layers are computed in each step: those of a sample depend on the other samples of "
        "its batch"
    ]


def test_several_inputs_targets_and_sample_weights(tmp_path):
    draw = np.random.default_rng(0)
    members = {
        "photo": draw.integers(0, 256, (150, 8, 8, 3), dtype=np.uint8),
        "extra": draw.normal(size=(150, 4)).astype("float32"),
        "kind": draw.integers(0, 3, 150),
        "size": draw.normal(5, 2, 150).astype("float32"),
        "weight": draw.uniform(0.5, 2, 150).astype("float32"),
    }
    np.savez(tmp_path / "data.npz", **members)
    source = {"path": str(tmp_path / "data.npz"), "inputs": ["photo", "extra"], "targets": ["kind", "size"]}
    spec = {
        "name": "several",
        "data": {
            "source": {"Arrays": source},
            "batch_size": 16,
            "sample_weights": "weight",
            "prepare": {"photo": ["Rescale"]},
            "prepare_targets": {"size": ["Standardize"]},
        },
        "model": [
            {"Conv2D": {"inputs": "photo", "filters": 4, "kernel_size": 3, "name": "conv"}},
            {"Flatten": {"name": "flat"}},
            {"Dense": {"inputs": "extra", "units": 5, "name": "dense"}},
            {"Dense": {"units": 6, "name": "trained", "inputs": "extra"}},
            {"Concatenate": {"inputs": ["flat", "dense", "trained"], "name": "joined"}},
            {"Dense": {"units": 3, "inputs": "joined", "name": "kind"}},
            {"Dense": {"units": 1, "inputs": "joined", "name": "size"}},
        ],
        "train": {"epochs": 3, "freeze": ["conv", "dense"], "targets": {"kind": {}, "size": {}}},
    }
    assert_identical(trained(spec, tmp_path / "features"), trained(spec, tmp_path / "frozen", "none"))
    expect_messages(lines(tmp_path / "features"))
