"""Tests of runs with prepared targets, whose results are compared with the predictions of the saved model."""

import json

import keras
import numpy as np
import pytest
from golden import raises

import kpipe
from kpipe.data.prepared_target import PreparedTarget
from kpipe.errors import SpecError
from kpipe.messages.reporter import Reporter
from kpipe.report.reevaluate import reevaluate
from kpipe.train.setup.prepared_targets import prepared_targets
from kpipe.train.setup.split_data import split_data

SPEC = """
name: prices
data:
  source: {Table: {path: data.csv, targets: [price, kind]}}
  validation: 0.25
  prepare: [Standardize]
  prepare_targets: {price: [Standardize]}
model:
  - Dense: {units: 8, activation: relu, name: body}
  - Dense: {units: 1, inputs: body, name: price}
  - Dense: {units: =classes.kind, inputs: body, name: kind}
train:
  epochs: 3
  optimizer: {Adam: {learning_rate: 0.05}}
  callbacks: [PolyakAveraging: {decay: 0.8}]
  targets: {price: {metrics: [MeanAbsoluteError, RootMeanSquaredError]}, kind: {}}
"""


def written(folder, prepare_targets="{price: [Standardize]}"):
    x = np.random.default_rng(0).standard_normal((80, 2))
    rows = [f"{a:.6f},{b:.6f},{800_000 + 100 * a - 50 * b:.1f},{'uv'[int(a > 0)]}\n" for a, b in x]
    (folder / "data.csv").write_text("a,b,price,kind\n" + "".join(rows))
    (folder / "spec.yaml").write_text(SPEC.replace("{price: [Standardize]}", prepare_targets))
    return kpipe.load(folder / "spec.yaml")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prices")
    return written(folder).run(folder / "run", reporter=Reporter(quiet=True))


def measured(run):
    """The labels of the validation part, and the predictions of the saved model for its rows."""
    spec = kpipe.load(run.folder / "spec.yaml").spec
    dataset, parts = split_data(spec, lambda line: None)
    rows = parts["validation"]
    model = keras.saving.load_model(run.folder / "model.keras")
    outputs = model(dataset.rows("table", rows)["numeric"].astype(np.float32))
    labels = dataset.labels["price"].astype(np.float64)
    return labels[rows], np.asarray(outputs["price"], np.float64)[:, 0], labels[parts["train"]].std()


@pytest.mark.slow
def test_metrics_are_in_own_units_and_the_loss_is_in_prepared_ones(run):
    labels, predictions, deviation = measured(run)
    found = run.result["validation"]
    errors = predictions - labels
    # float32 has a resolution of 0.06 at 800,000.
    assert found["price_mean_absolute_error"] == pytest.approx(np.abs(errors).mean(), abs=0.05)
    assert found["price_root_mean_squared_error"] == pytest.approx(np.sqrt(np.square(errors).mean()), abs=0.05)
    assert found["price_loss"] == pytest.approx(np.square(errors / deviation).mean(), rel=5e-3)


@pytest.mark.slow
def test_evaluate_reports_the_same_as_the_run(run):
    again = json.loads(reevaluate(run.folder.path, "validation", "json", lambda line: None))
    assert again["metrics"] == pytest.approx(run.result["validation"], rel=1e-6)


@pytest.mark.slow
def test_a_resumed_run_uses_the_recorded_preparation_and_is_bit_identical(run, tmp_path):
    pipeline = written(tmp_path)
    kpipe.load(tmp_path / "spec.yaml", {"train.epochs": 1}).run(tmp_path / "run", reporter=Reporter(quiet=True))
    resumed = pipeline.run(tmp_path / "run", resume=True, reporter=Reporter(quiet=True))
    without_time = [
        {key: values for key, values in each.history.items() if key != "seconds"} for each in (run, resumed)
    ]
    assert without_time[0] == without_time[1]
    stored = json.loads((run.folder / "data.json").read_text())["targets"]
    assert "preparation" not in stored["kind"]
    assert 1 / stored["price"]["preparation"]["scale"][0] == pytest.approx(measured(run)[2], rel=1e-9)


@pytest.mark.slow
def test_a_built_model_is_trained_in_own_units(tmp_path):
    pipeline = written(tmp_path)
    model = pipeline.build()
    x, price = np.zeros((4, 2), np.float32), np.full((4,), 800_000, np.float32)
    found = model.evaluate(x, {"price": price, "kind": np.zeros(4)}, verbose=0, return_dict=True)
    errors = np.asarray(model(x)["price"], np.float64)[:, 0] - price
    assert found["price_mean_absolute_error"] == pytest.approx(np.abs(errors).mean(), rel=1e-4)
    assert found["price_loss"] < 100
    model.save(tmp_path / "model.keras")
    keras.saving.load_model(tmp_path / "model.keras")


@pytest.mark.parametrize("value", ["{kind: [Center]}", "[Center]", "{price: [Rescale]}"])
def test_what_does_not_fit_the_targets_is_refused_at_its_place(tmp_path, value):
    spec = written(tmp_path, value).spec
    dataset, _ = split_data(spec, lambda line: None)
    with raises(SpecError):
        prepared_targets(spec.data, dataset.targets)


def test_an_unknown_target_is_refused_before_the_data_is_read(tmp_path):
    with raises(SpecError):
        written(tmp_path, "{size: [Center]}")


def test_an_empty_list_prepares_nothing(tmp_path):
    spec = written(tmp_path, "{price: [Standardize], kind: []}").spec
    dataset, _ = split_data(spec, lambda line: None)
    (price,) = prepared_targets(spec.data, dataset.targets).values()
    assert isinstance(price, PreparedTarget)
