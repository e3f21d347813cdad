import errno
import fcntl
import os
import subprocess
import sys

import pytest
from golden import expect_message, raises

from kpipe.errors import DataError, TrainingError
from kpipe.train.run_folder.run_lock import locked

HOLD = """
import sys
from pathlib import Path
from kpipe.train.run_folder.run_lock import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def holder(folder) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "locked\n"
    return process


def test_a_second_one_is_refused_until_the_first_has_left(tmp_path):
    with locked(tmp_path):
        with pytest.raises(DataError) as caught, locked(tmp_path):
            pytest.fail("two have it")
        expect_message(str(caught.value))
    with locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_another_process_is_refused_and_a_kill_gives_the_folder_free(tmp_path):
    first = holder(tmp_path)
    try:
        with raises(DataError), locked(tmp_path):
            pytest.fail("two have it")
    finally:
        first.kill()
        first.communicate()
    with locked(tmp_path):
        pass


def test_an_error_inside_gives_the_folder_free(tmp_path):
    with pytest.raises(KeyboardInterrupt), locked(tmp_path):
        raise KeyboardInterrupt
    with locked(tmp_path):
        pass


def test_other_folders_are_free_and_a_moved_one_stays_locked(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with locked(tmp_path / "a"), locked(tmp_path / "b"):
        (tmp_path / "a").rename(tmp_path / "c")
        with raises(DataError), locked(tmp_path / "c"):
            pytest.fail("two have it")


def test_a_program_that_is_started_does_not_inherit_the_lock(tmp_path):
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    with locked(tmp_path):
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False)
        child.stdout.readline()
    try:
        with locked(tmp_path):
            pass
    finally:
        child.communicate()


def test_a_file_system_without_locks_is_reported(tmp_path, monkeypatch):
    def unsupported(handle, operation):
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with raises(TrainingError), locked(tmp_path):
        pytest.fail("it is locked")
