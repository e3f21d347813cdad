import pytest
from golden import expect_message, raises
from run_folders import write_folds, write_run

from kpipe.errors import DataError
from kpipe.messages.call_argument import command_line
from kpipe.report.runs.newest_run import newest_run


@pytest.fixture
def said():
    return []


def test_the_newest_finished_one_is_announced(tmp_path, said):
    for number in (2, 9, 10):
        write_run(tmp_path / str(number))
    assert newest_run(tmp_path, said.append) == tmp_path / "10"
    write_run(tmp_path / "11", status="interrupted")
    write_folds(tmp_path / "12")
    assert newest_run(tmp_path, said.append) == tmp_path / "10"
    expect_message("\n".join(said))


def test_a_run_itself_and_folders_without_runs(tmp_path, said):
    (tmp_path / "notes").mkdir()
    for folder in (write_run(tmp_path / "notes" / "a"), tmp_path / "notes" / "a" / "log.txt", tmp_path / "absent"):
        assert newest_run(folder, said.append) == folder
    (tmp_path / "empty" / "1").mkdir(parents=True)
    assert newest_run(tmp_path / "empty", said.append) == tmp_path / "empty"
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.keras").touch()
    write_run(tmp_path / "model" / "1")
    assert newest_run(tmp_path / "model", said.append) == tmp_path / "model"
    assert said == []


def test_none_is_finished(tmp_path, said):
    write_run(tmp_path / "1", status="failed")
    write_run(tmp_path / "2", status=None)
    with raises(DataError):
        newest_run(tmp_path, said.append)


def test_none_is_the_newest(tmp_path, said):
    write_run(tmp_path / "iris" / "1")
    write_run(tmp_path / "first")
    with raises(DataError), command_line():
        newest_run(tmp_path, said.append)
