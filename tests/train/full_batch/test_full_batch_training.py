"""Whole runs with LBFGS: the run folder, resuming bit-identically, the reason of the end, and batches of any size."""

import csv
import json

import numpy as np
import pytest
from golden import expect_message, raises
from scipy.optimize import minimize

import kpipe
from kpipe.errors import TrainingError
from kpipe.spec.yaml_text.dump import dump
from kpipe.train.run_control import RunControl

#: A convex problem: softmax regression with a penalty, and a network of two layers.
CONVEX = ["Flatten", {"Dense": {"units": "=classes"}}]
NETWORK = ["Flatten", {"Dense": {"units": 16, "activation": "tanh"}}, {"Dense": {"units": "=classes"}}]


@pytest.fixture
def pipeline(tmp_path):
    def load(model=NETWORK, overrides=None, **optimizer):
        content = {
            "name": "full",
            "seed": 3,
            "data": {
                "source": "Digits",
                "test": 0.2,
                "batch_size": 300,
                "prepare": [{"Rescale": {"scale": 0.0625}}, {"Center": {"per": "pixel"}}],
            },
            "model": model,
            "train": {
                "epochs": 60,
                "optimizer": {"LBFGS": optimizer} if optimizer else "LBFGS",
                "regularize": {"l2": 1e-3},
            },
        }
        (tmp_path / "spec.yaml").write_text(dump(content))
        return kpipe.load(tmp_path / "spec.yaml", overrides)

    return load


def rows(folder, name="history.csv"):
    with (folder / name).open() as file:
        return [{key: value for key, value in row.items() if key != "seconds"} for row in csv.DictReader(file)]


def assert_equal(left, right):
    for one, other in zip(left.model.get_weights(), right.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    for name in ("history.csv", "steps.csv", "measurements.csv"):
        assert rows(left.folder.path, name) == rows(right.folder.path, name)
    changing = ("seconds", "started")
    first, second = ({k: v for k, v in run.result.items() if k not in changing} for run in (left, right))
    assert first == second


def test_25_and_35_iterations_are_60_bit_identically(pipeline, tmp_path):
    training = pipeline(history=5)
    whole = training.run(tmp_path / "whole")
    training.run(tmp_path / "part", control=RunControl(pause_after=25))
    resumed = training.run(tmp_path / "part", resume=True)
    assert whole.result["epochs"] == 60
    assert_equal(whole, resumed)


def test_a_run_that_has_converged_is_not_trained_again(pipeline, tmp_path):
    training = pipeline(CONVEX, gradient_tolerance=1e-2)
    whole = training.run(tmp_path / "whole")
    epochs = whole.result["epochs"]
    assert epochs < 60
    training.run(tmp_path / "part", control=RunControl(pause_after=epochs - 1))
    assert_equal(whole, training.run(tmp_path / "part", resume=True))
    assert_equal(whole, training.run(tmp_path / "part", resume=True))


def test_the_files_of_a_run(pipeline, tmp_path):
    run = pipeline(overrides={"train.epochs": 8}).run(tmp_path / "run")
    found = rows(tmp_path / "run")
    assert [row["epoch"] for row in found] == [*map(str, range(1, 9))]
    assert {row["learning_rate"] for row in found} == {""}
    losses = [float(row["loss"]) for row in found]
    assert losses == sorted(losses, reverse=True)
    assert all(float(row["gradient_norm"]) > 0 < float(row["step_length"]) for row in found)
    assert all(int(float(row["evaluations"])) >= 1 for row in found)
    assert [float(row["loss"]) for row in rows(tmp_path / "run", "steps.csv")] == pytest.approx(losses, rel=1e-6)
    assert {row["update_ratio"] for row in rows(tmp_path / "run", "measurements.csv")} == {""}
    assert run.result["status"] == "completed"
    assert "stop_reason" not in run.result


def test_convergence_ends_the_run_and_is_its_reason(pipeline, tmp_path, capsys):
    run = pipeline(CONVEX, gradient_tolerance=1e-3).run(tmp_path / "run", progress=True)
    assert run.result["status"] == "stopped_early"
    expect_message(run.result["stop_reason"])
    assert json.loads((tmp_path / "run" / "result.json").read_text())["stop_reason"] == run.result["stop_reason"]
    assert run.result["stop_reason"] in " ".join((tmp_path / "run" / "log.txt").read_text().split())
    assert float(rows(tmp_path / "run")[-1]["gradient_norm"]) <= 1e-3


def test_the_end_of_the_digits_of_float32_is_a_reason_too(pipeline, tmp_path):
    run = pipeline(CONVEX, {"train.epochs": 200}, gradient_tolerance=0).run(tmp_path / "run")
    assert run.result["status"] == "stopped_early"
    assert run.result["stop_reason"].startswith("converged to the precision of float32 after ")
    assert float(rows(tmp_path / "run")[-1]["step_length"]) == 0


def test_the_loss_of_a_convex_problem_is_that_of_scipy(pipeline, tmp_path):
    run = pipeline(CONVEX, {"train.epochs": 200, "data.validation": 0.0, "data.test": 0.0}).run(tmp_path / "run")
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = x / 16
    x = x - x.mean(axis=0)
    labels = np.eye(10)[y]

    def loss(flat):
        kernel, bias = flat[:640].reshape(64, 10), flat[640:]
        logits = x @ kernel + bias
        logits -= logits.max(axis=1, keepdims=True)
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        slope = (np.exp(logs) - labels) / len(x)
        gradient = np.concatenate([(x.T @ slope + 2e-3 * kernel).reshape(-1), slope.sum(axis=0)])
        return -np.sum(labels * logs) / len(x) + 1e-3 * np.sum(kernel**2), gradient

    oracle = minimize(
        loss, np.zeros(650), jac=True, method="L-BFGS-B", options={"maxiter": 500, "gtol": 1e-8, "ftol": 0}
    )
    found = float(rows(tmp_path / "run")[-1]["loss"])
    assert run.result["stop_reason"].startswith("converged")
    assert found == pytest.approx(oracle.fun, rel=2e-6)


@pytest.mark.parametrize("size", [64, 100, 2000])
def test_the_batch_size_changes_rounding_errors_only(size, pipeline, tmp_path):
    overrides = {"train.epochs": 12, "train.class_weight": "balanced"}
    expected = rows(pipeline(overrides=overrides).run(tmp_path / "a").folder.path)
    found = rows(pipeline(overrides={**overrides, "data.batch_size": size}).run(tmp_path / "b").folder.path)
    for name in ("loss", "val_loss"):
        assert [float(row[name]) for row in found] == pytest.approx([float(row[name]) for row in expected], rel=1e-4)


def test_callbacks_see_each_iteration(pipeline, tmp_path):
    callbacks = [
        "TerminateOnNaN",
        {"LayerStatistics": {"every_steps": 3}},
        "ExplosionDetector",
        "BatchStatistics",
        {"CSVLogger": {"filename": "log.csv"}},
        {"EarlyStopping": {"monitor": "loss", "patience": 2, "min_delta": 10.0}},
    ]
    plain = pipeline(overrides={"train.epochs": 2}).run(tmp_path / "plain")
    run = pipeline(overrides={"train.callbacks": callbacks}).run(tmp_path / "run")
    assert run.result["status"] == "stopped_early"
    assert "stop_reason" not in run.result
    assert rows(run.folder.path)[:2] == rows(plain.folder.path)
    assert {row["step"] for row in rows(tmp_path / "run", "layers.csv")} == {"1", "3"}
    assert len(rows(tmp_path / "run", "log.csv")) == run.result["epochs"] == 3


@pytest.mark.parametrize("callbacks", [[], ["ExplosionDetector"]])
def test_a_loss_that_is_not_finite_is_an_explosion_with_a_reason(callbacks, pipeline, tmp_path):
    model = ["Flatten", {"Rescaling": {"scale": 1e38}}, {"Dense": {"units": "=classes"}}]
    with raises(TrainingError):
        pipeline(model, {"train.callbacks": callbacks}).run(tmp_path / "run")
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["status"] == "exploded"
    (verdict,) = (entry for entry in result["verdicts"] if entry["code"] == "E202")
    expect_message(f"{verdict['path']}: {verdict['remedy']}")


def test_check_and_show_know_that_an_epoch_is_one_step(pipeline):
    training = pipeline()
    found = {probe.probe.name: probe for probe in training.check().results}
    for name in ("update_ratio", "learning_rate", "explosion"):
        assert str(found[name].status.value) == "not applicable"
    assert found["tiny_overfit"].status.value == "passed"
