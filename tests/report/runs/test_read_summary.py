import json
import shutil

import pytest
from golden import HERE, expect_message
from run_folders import write_folds, write_run, write_sweep

from kpipe.report.runs.read_summary import read_summary
from kpipe.report.runs.run_entry import RunEntry
from kpipe.train.run_folder.run_lock import locked


def summary(folder):
    return read_summary(RunEntry.of(folder))


def test_a_finished_run(tmp_path):
    found = summary(write_run(tmp_path / "a", verdicts=[{"code": "overfitting"}], overrides=["seed=7"]))
    assert (found.status, found.name, found.epochs, found.best_epoch) == ("completed", "toy", 2, 2)
    assert found.metrics == {"val_loss": 0.5, "val_accuracy": 0.75, "test_loss": 0.25, "test_accuracy": 0.375}
    assert (found.started, found.seconds, found.verdict) == ("2026-01-02T03:04:05Z", 3.0, "overfitting")
    assert (found.kind, found.overrides, found.error) == ("run", ["seed=7"], None)


def test_a_killed_run_has_the_metrics_of_its_last_epoch(tmp_path):
    found = summary(write_run(tmp_path / "a", status=None, losses=(0.25, 0.5)))
    assert (found.status, found.name, found.epochs, found.best_epoch) == ("unfinished", "toy", 2, None)
    assert found.validation == {"loss": 1.0, "accuracy": 0.5}
    assert found.seconds == 3.0


def test_a_folder_that_a_process_uses_is_running(tmp_path):
    killed, resumed = write_run(tmp_path / "a", status=None), write_run(tmp_path / "b", status="interrupted")
    assert summary(resumed).status == "interrupted"
    with locked(killed), locked(resumed):
        assert summary(killed).status == summary(resumed).status == "running"


def test_a_failed_run_has_its_reason(tmp_path):
    found = summary(write_run(tmp_path / "a", status="failed", error="no space", losses=()))
    assert (found.status, found.error, found.epochs, found.metrics) == ("failed", "no space", 0, {})


@pytest.mark.parametrize(
    "content",
    [
        '{"status": ',
        "[1]",
        "{}",
        '{"status": "completed", "validation": 3}',
        '{"status": "completed", "validation": {"loss": "x"}}',
    ],
)
def test_a_damaged_result_is_reported(tmp_path, content):
    run = write_run(tmp_path / "a")
    (run / "result.json").write_text(content)
    found = summary(run)
    assert found.status == "broken"
    expect_message(found.error)


def test_a_cross_validation_has_means_and_deviations(tmp_path):
    found = summary(write_folds(tmp_path / "a"))
    assert (found.status, found.kind, found.started) == ("completed", "2 folds", "2026-01-03T00:00:00Z")
    assert (found.validation, found.deviation) == ({"loss": 0.75}, {"loss": 0.125})


def test_a_killed_cross_validation_counts_its_folds(tmp_path):
    folder = write_folds(tmp_path / "a")
    (folder / "result.json").unlink()
    (folder / "started.json").write_text('{"started": []}')
    found = summary(folder)
    assert (found.status, found.kind, found.epochs, found.name) == ("unfinished", "2 folds", None, "toy")


def test_a_sweep_has_the_metrics_of_its_best_trial(tmp_path):
    found = summary(write_sweep(tmp_path / "a"))
    assert (found.status, found.kind, found.name, found.seconds) == ("completed", "3 trials", "toy", 4.5)
    assert (found.validation["loss"], found.test["loss"]) == (0.5, 0.25)


def test_the_metrics_of_several_executions_are_their_means(tmp_path):
    sweep = write_sweep(tmp_path / "a")
    shutil.rmtree(sweep / "trials" / "2")
    for number, loss in enumerate((0.25, 0.75), start=1):
        write_run(sweep / "trials" / "2" / str(number), losses=(loss,))
    assert summary(sweep).validation == {"loss": 1.0, "accuracy": 0.5}


def test_sweeps_that_did_not_end(tmp_path):
    sweep = write_sweep(tmp_path / "a", told=1)
    assert summary(sweep).status == "interrupted"
    with (sweep / "journal.jsonl").open("a") as journal:
        journal.write('{"event": "stop", "reason": "consecutive failures"}\n{"event": ')
    assert (summary(sweep).status, summary(sweep).error) == ("failed", "consecutive failures")
    (sweep / "best.yaml").unlink()
    assert summary(sweep).validation == {}
    (sweep / "journal.jsonl").write_text("x\n")
    assert summary(sweep).status == "broken"
    expect_message(summary(sweep).error)


def test_a_run_of_an_earlier_version():
    found = summary(HERE / "fixtures" / "run_of_0_1")
    assert (found.status, found.name, found.epochs, found.started) == ("completed", "old", 2, None)
    assert found.validation == json.loads((found.path / "result.json").read_text())["validation"]
