"""Whole sweeps of trainings: files, repetition, resuming, and everything that the command reports."""

import csv
import importlib
import json

import numpy as np
import pytest
import yaml
from golden import raises

import kpipe
from kpipe.errors import DataError, SpecError, TrainingError
from kpipe.trials.local_executor import LocalExecutor

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_trials")]

SPEC = """\
name: toy
data: {source: Digits, validation: 0.2, batch_size: 64, prepare: [Rescale: {scale: 0.0625}]}
model: [Flatten, Dense: {units: =classes}]
train: {epochs: 2, optimizer: {SGD: {learning_rate: 0.1}}}
tune:
  oracle: {RandomSearch: {trials: 3}}
  objective: val_accuracy
  space:
    train.optimizer.learning_rate: {Log: [1e-4, 1]}
    data.batch_size: {Choice: [32, 64]}
"""


class Kept(LocalExecutor):
    """Remains open for the next sweep with as many workers, since each server imports TensorFlow."""

    def close(self):
        self.interrupt()
        while self._running:
            self.wait()


@pytest.fixture(scope="module")
def kept():
    executors = {}
    yield executors
    for executor in executors.values():
        LocalExecutor.close(executor)


@pytest.fixture
def shared(kept, monkeypatch):
    """Sweeps use the executors that other tests have used."""

    def executor(*arguments, **options):
        key = (arguments, *options.items())
        if key not in kept:
            kept[key] = Kept(*arguments, **options)
        return kept[key]

    monkeypatch.setattr(importlib.import_module("kpipe.tune.run_sweep"), "LocalExecutor", executor)


@pytest.fixture
def spec(tmp_path):
    file = tmp_path / "toy.yaml"
    file.write_text(SPEC)
    return file


def rows(folder):
    with (folder / "trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def without_times(folder):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows(folder)]


@pytest.mark.usefixtures("shared")
def test_a_sweep_with_two_workers_is_repeatable_and_its_best_spec_repeats_the_best_trial(spec, tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("0a" * 20)
    folder = kpipe.load(spec).tune(tmp_path / "sweep", workers=2)
    assert without_times(folder) == without_times(kpipe.load(spec).tune(tmp_path / "again"))
    found = rows(folder)
    assert [row["status"] for row in found] == ["completed"] * 3
    (start,) = json.loads((folder / "started.json").read_text())["started"]
    for number in "123":
        (of_trial,) = json.loads((folder / "trials" / number / "result.json").read_text())["started"]
        assert (of_trial["command"], of_trial["commit"]) == (start["command"], start["commit"]) == ("Python", "0a" * 20)
        assert any(entry.startswith("train.optimizer.learning_rate=") for entry in of_trial["overrides"])
    best = max(found, key=lambda row: float(row["score"]))
    again = kpipe.load(folder / "best.yaml").run(tmp_path / "best")
    first = kpipe.Run.load(folder / "trials" / best["trial"])
    assert again.history["val_accuracy"] == first.history["val_accuracy"]
    for expected, weight in zip(first.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert max(first.history["val_accuracy"]) >= float(best["score"]) > 0.1
    resolved = yaml.safe_load((folder / "best.yaml").read_text())
    assert "tune" not in resolved
    assert resolved["train"]["callbacks"] == ["ExplosionDetector", "BatchStatistics"]
    assert str(resolved["data"]["batch_size"]) == best["data.batch_size"]


@pytest.mark.usefixtures("shared")
def test_a_finished_sweep_is_resumed_without_a_run_and_another_spec_is_refused(spec, tmp_path):
    folder = kpipe.load(spec, {"tune.oracle.trials": 1}).tune(tmp_path / "sweep", workers=2)
    journal = (folder / "journal.jsonl").read_bytes()
    kpipe.load(folder / "spec.yaml").tune(folder, resume=True, workers=3)
    assert (folder / "journal.jsonl").read_bytes() == journal
    kpipe.load(spec, {"tune.oracle.trials": 1, "tune.resources.cpus": 1}).tune(folder, resume=True)
    with raises(DataError):
        kpipe.load(spec, {"tune.oracle.trials": 1, "train.epochs": 3}).tune(folder, resume=True, workers=2)
    with raises(DataError):
        kpipe.load(spec).tune(folder)


@pytest.mark.usefixtures("shared")
def test_failed_trials_have_their_reasons_and_end_the_sweep_if_there_is_no_other(spec, tmp_path):
    rates = {"tune.space.train.optimizer.learning_rate": {"Log": [1e18, 1e19]}}
    with pytest.raises(TrainingError) as caught:
        kpipe.load(spec, rates).tune(tmp_path / "sweep", workers=2)
    assert str(caught.value).count("\n    trial ") == 3
    assert "exploded" in str(caught.value)
    assert [row["status"] for row in rows(tmp_path / "sweep")] == ["exploded"] * 3
    assert not (tmp_path / "sweep" / "best.yaml").exists()
    told = [json.loads(line) for line in (tmp_path / "sweep" / "journal.jsonl").read_text().splitlines()]
    assert [event["told"] for event in told if event["event"] == "tell"] == [None] * 3


@pytest.mark.usefixtures("shared")
def test_hyperband_resumes_its_runs(spec, tmp_path):
    changes = {"tune.oracle": "Hyperband", "train.epochs": 3, "train.callbacks": ["CosineSchedule"]}
    folder = kpipe.load(spec, changes).tune(tmp_path / "sweep", workers=2)
    found = rows(folder)
    assert len(found) == 5
    best = max(found, key=lambda row: float(row["score"] or 0))
    continued = next(row for row in found if row["epochs"] == "3")
    run = kpipe.Run.load(folder / "trials" / continued["trial"])
    whole = kpipe.load(folder / "trials" / continued["trial"] / "spec.yaml").run(tmp_path / "whole")
    assert run.history["val_loss"] == whole.history["val_loss"]
    assert run.history["learning_rate"] == whole.history["learning_rate"]
    assert float(best["score"]) >= float(continued["score"])


@pytest.mark.usefixtures("shared")
def test_what_a_sweep_needs(spec, tmp_path):
    with raises(SpecError):
        kpipe.load(spec, {"tune": None}).tune(tmp_path / "a")
    with raises(SpecError):
        kpipe.load(spec, {"tune.objective": "val_acuracy"})
    with raises(SpecError):
        # Only the data shows that its target has classes.
        kpipe.load(spec, {"tune.objective": "val_mean_absolute_error"}).tune(tmp_path / "b")
    with raises(SpecError):
        kpipe.load(spec, {"data.validation": 0}).tune(tmp_path / "b")
    with raises(SpecError):
        kpipe.load(spec, {"train.choose.monitor": "val_mean_absolute_error", "tune.objective": "auto"}).validate()
    with raises(SpecError):
        kpipe.load(spec, {"tune.executions": 2, "tune.space.seed": {"Int": [0, 9]}}).tune(tmp_path / "c")
    with raises(DataError):
        kpipe.load(spec).tune(resume=True)
    assert {path.name for path in tmp_path.iterdir()} == {"toy.yaml"}


@pytest.mark.parametrize(("resource", "found"), [("cpus", r"at most \d+"), ("gpus", r"got \d+")])
def test_more_than_this_machine_has_is_refused_before_the_folder_is_created(spec, tmp_path, resource, found):
    with raises(SpecError, foreign=found):
        kpipe.load(spec, {f"tune.resources.{resource}": 9999}).tune(tmp_path / "sweep")
    assert not (tmp_path / "sweep").exists()


STAGES = [
    {"epochs": 1, "optimizer": {"Adam": {"learning_rate": 0.01}}},
    {"epochs": 1, "optimizer": {"SGD": {"learning_rate": 0.01}}, "callbacks": ["ExplosionDetector", "CosineSchedule"]},
    {"epochs": 1, "callbacks": []},
]


@pytest.mark.usefixtures("shared")
def test_a_sweep_over_the_stages_of_a_training(spec, tmp_path):
    space = {
        "tune.space.-": "train.optimizer.learning_rate",
        "tune.space.train.stages.0.epochs": {"Int": [1, 3]},
        "tune.space.train.stages.1.optimizer.SGD.learning_rate": {"Log": [1e-3, 1e-1]},
    }
    oracle = {"tune.oracle": {"RandomSearch": {"trials": 4}}, "tune.pruner": {"Median": {"min_trials": 2}}}
    folder = kpipe.load(spec, {"train.stages": STAGES, **space, **oracle}).tune(tmp_path / "sweep")
    trial = yaml.safe_load((folder / "trial.yaml").read_text())["train"]
    added = ["ExplosionDetector", "BatchStatistics"]
    assert trial["callbacks"] == added
    # What every trial has, the stages with callbacks of their own have too.
    assert [stage["callbacks"] for stage in trial["stages"]] == [
        None,
        ["ExplosionDetector", "CosineSchedule", "BatchStatistics"],
        added,
    ]
    found = rows(folder)
    for row in found:
        result = json.loads((folder / "trials" / row["trial"] / "result.json").read_text())
        lengths = [entry["epochs"] for entry in result["stages"]]
        assert int(row["epochs"]) == sum(lengths)
        if row["status"] == "completed":
            assert lengths == [int(row["train.stages.0.epochs"]), 1, 1]
    best = kpipe.load(folder / "best.yaml").run(tmp_path / "best")
    assert max(best.history["val_accuracy"]) == max(float(row["score"]) for row in found)
    assert "stages.0.epochs" in (folder / "log.txt").read_text()
