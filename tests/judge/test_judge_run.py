"""Runs are diagnosed at their end, and from their folders alone."""

import json
import shlex

import pytest

import kpipe
from kpipe.errors import DataError, TrainingError
from kpipe.judge.diagnose_folder import diagnose_folder
from kpipe.judge.diagnosis_text import diagnosis_text

pytestmark = pytest.mark.slow

SPEC = """
name: judged
data: {source: Iris, prepare: [Standardize], batch_size: 16}
model:
  - Dense: {units: 16, activation: relu}
  - Dense: {units: =classes}
train: {epochs: 20, optimizer: {Adam: {learning_rate: 0.01}}}
"""


def verdicts(folder):
    return json.loads((folder / "result.json").read_text())["verdicts"]


def test_a_healthy_run_has_no_verdict(tmp_path):
    run = kpipe.load(SPEC, {"train.epochs": 60}).run(tmp_path / "run")
    assert run.result["verdicts"] == verdicts(tmp_path / "run") == []
    assert "diagnosis: healthy" in (tmp_path / "run" / "log.txt").read_text()
    assert diagnose_folder(tmp_path / "run") == []
    samples = json.loads((tmp_path / "run" / "evidence.json").read_text())["samples"]
    assert samples == {"train": 135, "validation": 15, "epoch": 15, "end": 135}


def test_a_run_that_learns_too_slowly_says_so(tmp_path):
    kpipe.load(SPEC, {"train.optimizer.Adam.learning_rate": 1e-5}).run(tmp_path / "run")
    first, *_ = verdicts(tmp_path / "run")
    assert first["code"] == "E205"
    assert first["path"] == "train.optimizer.Adam.learning_rate"
    assert first["evidence"]["measured"]["update_ratio"] < first["evidence"]["threshold"]["update_ratio"]
    (from_folder, *_) = diagnose_folder(tmp_path / "run")
    assert from_folder.code == "E205"
    assert from_folder.mark.file.endswith("spec.yaml")


def test_an_exploded_run_is_diagnosed(tmp_path):
    with pytest.raises(TrainingError):
        kpipe.load(SPEC, {"train.optimizer": {"SGD": {"learning_rate": 1e30}}}).run(tmp_path / "run")
    assert verdicts(tmp_path / "run")[0]["code"] == "E202"


def test_several_folders_as_text_and_json(tmp_path):
    for name in ("first", "second"):
        kpipe.load(SPEC, {"train.epochs": 8}).run(tmp_path / name)
    folders = [tmp_path / "first", tmp_path / "second"]
    assert diagnosis_text(folders, "text")[0].count("diagnosis:") == 2
    assert [*json.loads(diagnosis_text(folders, "json")[0])] == [str(folder) for folder in folders]
    # One that cannot be diagnosed does not stop the others.
    (tmp_path / "first" / "evidence.json").unlink()
    text, (error,) = diagnosis_text(folders, "text")
    assert text.startswith(f"{folders[1]}:\ndiagnosis:")
    assert str(error).startswith(f"{folders[0]}: evidence.json is missing, without which a run cannot be diagnosed")
    # A cross-validation is that of its folds.
    (tmp_path / "folds").mkdir()
    (tmp_path / "second").rename(tmp_path / "folds" / "1")
    assert diagnosis_text([tmp_path], "text")[0].startswith("diagnosis:")
    history = tmp_path / "folds" / "1" / "history.csv"
    history.write_text(history.read_text().splitlines()[0] + "\n")
    assert "expected a row for each epoch until 8, which was kept, got 0" in str(
        diagnosis_text([tmp_path], "text")[1][0]
    )
    result = tmp_path / "folds" / "1" / "result.json"
    result.write_text(result.read_text().replace('"completed"', '"interrupted"'))
    assert "the run has not ended (status interrupted)" in str(diagnosis_text([tmp_path], "text")[1][0])


def test_a_folder_without_a_run_is_an_error(tmp_path):
    with pytest.raises(DataError, match="result"):
        diagnose_folder(tmp_path)


# Stages

DIGITS = {
    "name": "staged",
    "seed": 3,
    "data": {"source": "Digits", "batch_size": 64, "prepare": [{"Rescale": {"scale": 0.0625}}]},
    "model": [
        "Flatten",
        {"Dense": {"name": "body", "units": 64, "activation": "relu"}},
        {"Dense": {"name": "head", "units": "=classes"}},
    ],
}
HEAD = {"epochs": 5, "only": ["head"], "optimizer": {"Adam": {"learning_rate": 0.01}}}


def staged(second, **more):
    return {**DIGITS, "train": {"stages": [HEAD, second]}, **more}


def momentum(rate, epochs):
    optimizer = {"SGD": {"learning_rate": rate, "momentum": 0.9}}
    return {"epochs": epochs, "optimizer": optimizer, "callbacks": ["CosineSchedule"]}


@pytest.mark.parametrize(
    "second",
    [
        momentum(0.05, 10),
        {**momentum(0.05, 5), "data": {"batch_size": 32}},
        {**momentum(0.05, 15), "callbacks": []},
        momentum(0.02, 3),
    ],
    ids=["cosine", "smaller batches", "constant", "short"],
)
def test_a_healthy_run_with_stages_has_no_verdict(tmp_path, second):
    run = kpipe.load(staged(second)).run(tmp_path / "run")
    assert run.result["verdicts"] == []
    assert diagnose_folder(tmp_path / "run") == []


@pytest.mark.parametrize(
    ("second", "code", "path"),
    [
        (momentum(5.0, 8), "E202", "train.stages.1.optimizer.SGD.learning_rate"),
        (momentum(1e-5, 8), "E205", "train.stages.1.optimizer.SGD.learning_rate"),
        (momentum(0.005, 2), "N213", "train.stages.1.epochs"),
        (
            {
                "epochs": 10,
                "optimizer": {"SGD": {"learning_rate": 0.02}},
                "callbacks": [{"StepSchedule": {"milestone_epochs": [2], "factor": 0.01}}],
            },
            "E207",
            "train.stages.1.callbacks.0",
        ),
    ],
    ids=["too high", "too low", "too short", "decayed early"],
)
def test_a_bad_stage_is_blamed_with_a_remedy_that_works(tmp_path, second, code, path):
    run = kpipe.load(staged(second)).run(tmp_path / "run")
    first = run.result["verdicts"][0]
    assert (first["code"], first["path"]) == (code, path)
    assert next(verdict.code for verdict in diagnose_folder(tmp_path / "run")) == code
    words = shlex.split(first["remedy"])
    assert words[0] == "--set"
    better = kpipe.load(staged(second), [words[1]]).run(tmp_path / "better")
    assert better.result["validation"]["loss"] < run.result["validation"]["loss"] - 0.05
    assert [verdict["code"] for verdict in better.result["verdicts"] if verdict["code"][0] == "E"] == []


def test_a_run_is_judged_by_all_its_stages_if_an_earlier_one_has_the_best_model(tmp_path):
    run = kpipe.load(staged(momentum(5.0, 2))).run(tmp_path / "run")
    assert run.result["best_epoch"] <= 5
    assert run.result["verdicts"][0]["path"] == "train.stages.1.optimizer.SGD.learning_rate"


def test_an_explosion_in_a_later_stage_has_the_steps_of_the_whole_run(tmp_path):
    second = {**momentum(1e12, 2), "callbacks": ["ExplosionDetector"]}
    with pytest.raises(TrainingError, match="step 13"):
        kpipe.load(staged(second)).run(tmp_path / "run")
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert [event["epoch"] for event in result["explosions"]] == [6]
    assert result["explosions"][0]["step"] > 130
    assert result["verdicts"][0]["message"].startswith("stage 2 of 2: ")
