from pathlib import Path

import pytest
from golden import raises
from run_folders import write_folds, write_run, write_sweep

from kpipe.errors import DataError
from kpipe.report.comparison.compared_run import common_folder, compared_runs


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "runs/iris/9")
    write_run(tmp_path / "runs/iris/10")
    write_sweep(tmp_path / "runs/sweep")
    write_folds(tmp_path / "runs/folds")


def labels(*folders):
    return [run.label for run in compared_runs([Path(folder) for folder in folders], pytest.fail)]


def test_labels_are_what_differs():
    assert labels("runs/iris/10", "runs/iris/9") == ["10", "9"]
    assert labels("runs/iris", "runs/sweep/trials/1") == ["iris/9", "iris/10", "sweep/trials/1"]
    assert labels("runs/sweep") == ["1", "2", "3"]
    assert labels("runs/folds") == ["1", "2"]


def test_a_folder_with_several_runs_contributes_each_as_a_whole():
    assert labels("runs") == ["folds", "iris/9", "iris/10", "sweep"]


def test_a_run_is_compared_once():
    assert labels("runs/iris/9", "runs/iris", "runs/../runs/iris/9") == ["9", "10"]


def test_parts_know_the_whole():
    runs = compared_runs([Path("runs/iris/9"), Path("runs/folds")], pytest.fail)
    assert [run.whole and str(run.whole.path) for run in runs] == [None, "runs/folds", "runs/folds"]
    assert common_folder(runs) == Path("runs")


@pytest.mark.parametrize("folders", [["runs/iris/9"], ["runs/iris/9", "runs/iris/9"], ["empty", "runs"], ["absent"]])
def test_too_few_runs(folders):
    Path("empty").mkdir()
    with raises(DataError):
        labels(*folders)
