from pathlib import Path

from run_folders import write_folds, write_run, write_sweep

from kpipe.report.runs.run_entry import RunEntry, natural_key, numbered_runs
from kpipe.train.run_folder.run_lock import locked


def test_what_a_folder_contains(tmp_path):
    assert RunEntry.of(write_run(tmp_path / "a")).content == "run"
    assert RunEntry.of(write_folds(tmp_path / "b")).content == "cross-validation"
    assert RunEntry.of(write_sweep(tmp_path / "c")).content == "sweep"
    assert RunEntry.of(tmp_path) is None


def test_a_log_alone_is_a_run_only_while_a_process_uses_the_folder(tmp_path):
    (tmp_path / "log.txt").touch()
    assert RunEntry.of(tmp_path) is None
    with locked(tmp_path):
        assert RunEntry.of(tmp_path).content == "run"


def test_files_of_others_are_no_run(tmp_path):
    for name in ("result.json", "spec.yaml"):
        (tmp_path / name).touch()
        assert (RunEntry.of(tmp_path) is None) == (name == "result.json")


def test_parts_are_in_the_order_of_their_numbers(tmp_path):
    sweep = write_sweep(tmp_path / "sweep", losses=[0.5] * 11)
    assert [part.path.name for part in RunEntry.of(sweep).parts()] == [str(number) for number in range(1, 12)]
    assert RunEntry.of(write_run(tmp_path / "a")).parts() == []


def test_several_executions_of_a_trial(tmp_path):
    for number in (1, 2):
        write_run(tmp_path / "trials" / "3" / str(number))
    assert [str(run.path.relative_to(tmp_path)) for run in numbered_runs(tmp_path / "trials")] == [
        "trials/3/1",
        "trials/3/2",
    ]
    assert numbered_runs(tmp_path / "absent") == []


def test_paths_with_numbers_are_sorted():
    names = ["a/10/2", "a/9", "a", "b1", "a/10/10", "10"]
    assert sorted(names, key=lambda name: natural_key(Path(name))) == ["10", "a", "a/9", "a/10/2", "a/10/10", "b1"]
