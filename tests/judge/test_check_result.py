"""The results of the protocol as plain data."""

import pickle

import pytest

from kpipe.errors import DataError
from kpipe.judge.check_result import CheckResult
from kpipe.train.run_folder.run_folder import RunFolder


def test_codes_are_listed_once():
    failures = [("E110", "a"), ("E103", "b"), ("E103", "c")]
    assert CheckResult(text="", failures=failures, files={}).codes == ["E103", "E110"]


def test_files_are_written_as_they_are(tmp_path):
    result = pickle.loads(
        pickle.dumps(CheckResult(text="", failures=[], files={"check.json": b"{}\n", "a.png": b"\0"}))
    )
    result.write(RunFolder.of_check(None, "name", tmp_path))
    result.write(RunFolder.of_check(tmp_path / "other", "name"))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "log.txt").touch()
    with pytest.raises(DataError, match=r"this is the folder of a run, whose check\.json is that of the run"):
        RunFolder.of_check(tmp_path / "run", "name")
    for folder in (tmp_path / "name" / "check", tmp_path / "other"):
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == result.files
