import os

import pytest
from golden import raises
from run_folders import write_run, write_sweep

from kpipe.errors import DataError
from kpipe.report.runs.find_runs import find_runs


def found(folder):
    return [str(entry.path.relative_to(folder)) for entry in find_runs(folder, pytest.fail)]


def test_runs_at_any_depth_without_those_inside_of_others(tmp_path):
    for name in ("iris/10", "iris/9", "deep/er/first"):
        write_run(tmp_path / name)
    write_sweep(tmp_path / "sweep")
    (tmp_path / "notes").mkdir()
    assert found(tmp_path) == ["deep/er/first", "iris/9", "iris/10", "sweep"]


def test_the_folder_itself(tmp_path):
    assert found(write_run(tmp_path / "a")) == ["."]


def test_links_are_not_followed(tmp_path):
    write_run(tmp_path / "a")
    (tmp_path / "latest").symlink_to(tmp_path / "a")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert found(tmp_path) == ["a"]


def test_what_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    for name in ("absent", "file"):
        with raises(DataError):
            find_runs(tmp_path / name, pytest.fail)


def test_a_folder_that_cannot_be_read_is_reported(tmp_path, monkeypatch):
    write_run(tmp_path / "a")
    (tmp_path / "closed").mkdir()
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    said = []
    assert [entry.path.name for entry in find_runs(tmp_path, said.append)] == ["a"]
    assert said == [f"{tmp_path}/closed cannot be read: Permission denied"]
