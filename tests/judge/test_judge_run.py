"""Runs are diagnosed at their end, and from their folders alone."""

import json

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
