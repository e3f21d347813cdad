import errno
import fcntl
import os
import threading

from kpipe.train.run_folder.is_in_use import is_in_use
from kpipe.train.run_folder.run_lock import locked


def test_a_folder_is_in_use_while_it_is_locked(tmp_path):
    assert not is_in_use(tmp_path)
    with locked(tmp_path):
        assert is_in_use(tmp_path)
    assert not is_in_use(tmp_path)
    assert not is_in_use(tmp_path / "absent")


def test_a_file_system_without_locks(tmp_path, monkeypatch):
    def unsupported(handle, operation):
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(fcntl, "flock", unsupported)
    assert not is_in_use(tmp_path)


def test_a_look_at_a_folder_never_refuses_it_to_a_run(tmp_path):
    """Threads that look at the folder all the time share its lock."""
    ended = threading.Event()

    def look():
        while not ended.is_set():
            is_in_use(tmp_path)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(20):
            with locked(tmp_path):
                pass
    finally:
        ended.set()
        looking.join()
