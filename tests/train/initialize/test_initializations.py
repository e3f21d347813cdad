"""Initializations act once, before the first step, also on replicas, in a check, and with custom code."""

import json
import sys
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
import warm_process
from golden import expect_message, raises

import kpipe
from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.train.run_control import RunControl
from kpipe.train.setup.spec_session import spec_session

pytestmark = pytest.mark.slow

SPEC = """
name: small
seed: 3
data: {source: Digits, test: 0.2, prepare: [Standardize], batch_size: 128}
model:
  - Flatten
  - Dense: {units: 16, activation: tanh}
  - Dropout: {rate: 0.2}
  - Dense: {units: =classes}
train:
  epochs: 2
  optimizer: {SGD: {learning_rate: 0.05, momentum: 0.9}}
  initialize: [LSUV: {tolerance: 0.05}, BiasFromLabels]
"""


def arrays(folder):
    """The arrays of the saved model."""
    found = {}
    with (
        zipfile.ZipFile(folder / "model.keras") as archive,
        archive.open("model.weights.h5") as file,
        h5py.File(file) as weights,
    ):
        weights.visititems(
            lambda name, entry: found.update({name: entry[()].tobytes()}) if hasattr(entry, "dtype") else None
        )
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return kpipe.load(SPEC).run(tmp_path_factory.mktemp("whole") / "run")


def test_the_result_contains_what_was_initialized(whole):
    lsuv, bias = whole.result["initialize"]
    assert (lsuv["name"], list(lsuv["initialized"])) == ("LSUV", ["dense", "dense_1"])
    assert all(abs(entry["variance"] - 1) < 0.05 for entry in lsuv["initialized"].values())
    assert (bias["name"], list(bias["initialized"])) == ("BiasFromLabels", ["dense_1"])
    assert len(bias["initialized"]["dense_1"]["bias"]) == 10
    assert lsuv["skipped"] == bias["skipped"] == {}
    (start,) = whole.result["started"]
    assert start["initialize"] == whole.result["initialize"]
    assert json.loads((whole.folder.path / "result.json").read_text()) == whole.result


def test_messages_are_reported_before_the_first_step(whole):
    lines = [line for line in whole.result["started"][0]["notices"] if line.startswith("initialize: ")]
    log = (whole.folder.path / "log.txt").read_text()
    assert all(line in log for line in lines)
    expect_message("\n".join(lines))


def test_a_resumed_run_is_bit_identical_and_not_initialized_again(whole, tmp_path):
    pipeline = kpipe.load(SPEC)
    paused = pipeline.run(tmp_path / "run", control=RunControl(pause_after=1))
    assert paused.result["initialize"] == whole.result["initialize"]
    resumed = pipeline.run(tmp_path / "run", resume=True)
    assert arrays(resumed.folder.path) == arrays(whole.folder.path)
    assert resumed.history["loss"] == whole.history["loss"]
    assert resumed.result["initialize"] == whole.result["initialize"]
    assert ["initialize" in start for start in resumed.result["started"]] == [True, False]
    assert (tmp_path / "run" / "log.txt").read_text().count("initialize: LSUV") == 1


def test_a_run_without_them_has_no_entry(tmp_path):
    result = kpipe.load(SPEC, {"train.initialize": [], "train.epochs": 1}).run(tmp_path / "run").result
    assert "initialize" not in result and "initialize" not in result["started"][0]


def test_they_change_the_meaning_of_a_run(whole):
    with pytest.raises(kpipe.DataError, match=r"train\.initialize"):
        kpipe.load(SPEC, {"train.initialize": ["LSUV"]}).run(whole.folder.path, resume=True)


def planned(overrides=(), spec=SPEC):
    """The plan and the model of a spec that is not trained."""
    spec = checked(spec, overrides)
    with spec_session(spec, is_run=True):
        from kpipe.train.plan import check_plan
        from kpipe.train.setup.setup import set_up

        setup = set_up(spec, lambda line: None)
        plan = check_plan(setup)
        setup.prepared.close()
        return plan, setup.built.model


def test_the_state_of_an_optimizer_begins_with_the_initialized_weights():
    plan, model = planned({"train.optimizer": {"ScheduleFreeAdamW": {}}})
    plan.initializations.apply(lambda line: None)
    weights = {variable.path: np.array(variable) for variable in model.trainable_variables}
    own = [entry for entry in model.optimizer.variables if entry.path.endswith("momentum")]
    assert len(own) == len(weights) == 4
    for variable, value in zip(own, weights.values(), strict=True):
        np.testing.assert_array_equal(variable, value)
    assert np.array(model.optimizer.iterations) == 0


def test_they_are_applied_in_the_order_of_the_list():
    plan, _ = planned({"train.initialize": ["LSUV", "BiasFromLabels"]})
    assert [entry["name"] for entry in plan.initializations.apply(lambda line: None)] == ["LSUV", "BiasFromLabels"]


@pytest.mark.parametrize(
    ("initialize", "message"),
    [
        (["BiasFromLabels", "LSUV"], "LSUV would change what BiasFromLabels has set; write BiasFromLabels last"),
        (["LSUV", {"LSUV": {"tolerance": 0.2}}], "duplicate LSUV; remove one"),
    ],
)
def test_a_wrong_order_is_refused(initialize, message):
    with pytest.raises(SpecError, match=rf"train\.initialize\.1: {message}"):
        planned({"train.initialize": initialize})


def test_a_check_measures_the_initialized_model(tmp_path):
    small = "Dense: {units: 16, activation: tanh, kernel_initializer: {RandomNormal: {stddev: 0.01}}}"
    deep = SPEC.replace("Dense: {units: 16, activation: tanh}", f"Repeat: {{times: 12, of: [{small}]}}")
    codes = {}
    for name, initialize in (("with", ["LSUV"]), ("without", [])):
        report = kpipe.load(deep, {"train.initialize": initialize}).check(tmp_path / name)
        codes[name] = {str(verdict.code) for verdict in report.verdicts}
        notices = json.loads((tmp_path / name / "check.json").read_text())["notices"]
        assert any(line.startswith("initialize: LSUV: 13 layers") for line in notices) == (name == "with")
    # Without it, the signal vanishes.
    assert codes["without"] - codes["with"]


WRONG = {
    "unknown": ["LSUW"],
    "argument": [{"LSUV": {"tolerence": 0.1}}],
    "range": [{"LSUV": {"tolerance": 0}}],
    "type": [{"LSUV": {"max_trials": "many"}}],
    "no list": "LSUV",
    "other kind": ["GlorotUniform"],
    "argument of one without any": [{"BiasFromLabels": {"value": 1}}],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_components(name):
    with raises(SpecError):
        checked(SPEC, {"train.initialize": WRONG[name]})


MODELS = {
    "no bias": ("BiasFromLabels", ["Flatten", {"Dense": {"units": "=classes", "use_bias": False}}]),
    "no kernel": (
        "LSUV",
        ["Flatten", "PReLU", {"Dense": {"units": "=classes", "trainable": False}}],
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_nothing_to_initialize_is_an_error_before_the_run(name, tmp_path):
    initialization, model = MODELS[name]
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        json.dumps({"name": "a", "data": {"source": "Digits"}, "model": model}).replace("}}]}", "}}],\n")
        + f'"train": {{"initialize": ["{initialization}"]}}}}'
    )
    with raises(SpecError):
        kpipe.load(spec).validate()
    with pytest.raises(SpecError, match="no layer can be initialized"):
        kpipe.load(spec).run(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_nothing_to_initialize_for_these_data(tmp_path):
    spec = SPEC.replace("[Standardize]", "[Rescale: {scale: 1e-30}]").replace(
        "[LSUV: {tolerance: 0.05}, BiasFromLabels]", "[LSUV]"
    )
    kpipe.load(spec).validate()
    with raises(SpecError):
        kpipe.load(spec).run(tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_loaded_weights_are_kept(tmp_path):
    source = SPEC.replace("tanh}", "tanh, name: body}").replace("=classes}", "=classes, name: head}")
    run = kpipe.load(source, {"train.epochs": 1}).run(tmp_path / "source")
    start = {"Run": {"folder": str(tmp_path / "source"), "except": ["head"]}}
    spec = checked(source, {"train.start_from": start})
    with spec_session(spec, is_run=True):
        from kpipe.train.plan import check_plan
        from kpipe.train.setup.setup import set_up

        setup = set_up(spec, lambda line: None)
        lsuv, bias = check_plan(setup).initializations.apply(lambda line: None)
        setup.prepared.close()
        model = setup.built.model
    assert (list(lsuv["initialized"]), list(bias["initialized"])) == (["head"], ["head"])
    expect_message(str(lsuv["skipped"]))
    saved = {layer.name: layer for layer in run.model.layers}
    for variable, value in zip(model.get_layer("body").weights, saved["body"].weights, strict=True):
        np.testing.assert_array_equal(variable, value)
    assert (np.array(model.get_layer("head").kernel) != np.array(saved["head"].kernel)).all()


def test_networks_with_weights_are_kept(tmp_path):
    network = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None)
    network.save_weights(tmp_path / "net.weights.h5")
    weights = {"include_top": False, "alpha": 0.35, "weights": str(tmp_path / "net.weights.h5")}
    data = {"source": {"Noise": {"shape": [32, 32, 3], "classes": 3}}}
    model = [{"MobileNetV2": weights}, "GlobalAveragePooling2D", {"Dense": {"units": "=classes"}}]
    plan, built = planned(spec={"name": "a", "data": data, "model": model, "train": {"initialize": ["LSUV"]}})
    (entry,) = plan.initializations.apply(lambda line: None)
    assert list(entry["initialized"]) == ["dense"]
    assert set(entry["skipped"].values()) == {"its weights were loaded"}
    (inner,) = [layer for layer in built.layers if isinstance(layer, keras.Model)]
    for variable, value in zip(inner.weights, network.weights, strict=True):
        np.testing.assert_array_equal(variable, value)


CUSTOM = '''
from kpipe.train.initialize.initialization import Initialization
from kpipe.train.initialize.initialization_report import InitializationReport


class Ones(Initialization):
    """Sets the bias of the last layer.

    Args:
        value: the value.
    """

    def __init__(self, value: float = 1.0) -> None:
        self.value = value

    def apply(self, context):
        bias = context.model.layers[-1].bias
        bias.assign([self.value] * 10)
        return InitializationReport({"last": {"value": self.value}}, {"others": "not last"}, "the last bias")
'''


def test_custom_initializations(tmp_path):
    (tmp_path / "mine.py").write_text(CUSTOM)
    (tmp_path / "spec.yaml").write_text(
        "imports: [./mine.py]\n"
        + SPEC.replace("BiasFromLabels]", "Ones: {value: 2.5}]").replace("epochs: 2", "epochs: 1")
    )
    run = kpipe.load(tmp_path / "spec.yaml").run(tmp_path / "run")
    assert run.result["initialize"][1] == {
        "name": "Ones",
        "initialized": {"last": {"value": 2.5}},
        "skipped": {"others": "not last"},
    }
    assert "initialize: Ones: skipped: others: not last" in run.result["started"][0]["notices"]
    # One epoch at this learning rate changes the bias by less.
    np.testing.assert_allclose(run.model.layers[-1].bias, 2.5, atol=0.5)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_two_replicas_have_the_weights_of_one_device(precision):
    command = [sys.executable, "-m", "tests.train.initialize.replicas", precision]
    done = warm_process.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["one"]["entries"] == found["two"]["entries"]
    assert len(found["two"]["entries"][0]["initialized"]) == 6
    for (one,), (first, second) in zip(found["one"]["variables"], found["two"]["variables"], strict=True):
        assert first == second == one
