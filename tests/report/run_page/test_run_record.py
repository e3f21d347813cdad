from pathlib import Path

from golden import raises
from run_folders import write_folds, write_run

from kpipe.errors import DataError
from kpipe.report.run_page.run_record import RunRecord


def test_files_that_do_not_exist_are_empty(tmp_path):
    record = RunRecord.read(write_run(tmp_path / "run"))
    assert record.result["status"] == "completed" and len(record.started) == 1
    assert (record.data, record.evidence, record.check, record.layers) == ({}, {}, {}, [])
    assert record.history.columns["val_loss"] == [1.0, 0.5] and record.steps.columns == {}
    assert record.name == "toy" and record.spec.startswith("name: toy")


def test_a_run_that_was_killed_has_the_name_of_its_folder(tmp_path):
    record = RunRecord.read(write_run(tmp_path / "run", status=None))
    assert (record.name, record.result) == ("run", {})


def test_other_folders_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_folds(tmp_path / "folds")
    (tmp_path / "empty").mkdir()
    for name in ("folds", "empty", "missing"):
        with raises(DataError):
            RunRecord.read(Path(name))


def test_cells_have_no_apostrophes(tmp_path):
    folder = write_run(tmp_path / "run")
    (folder / "worst.csv").write_text("target,label\n'=y,'-a\nz,'tis\n")
    rows = RunRecord.read(folder).worst
    assert rows == [{"target": "=y", "label": "-a"}, {"target": "z", "label": "'tis"}]
