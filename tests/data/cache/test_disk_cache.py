import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from golden import raises

from kpipe.data.cache import disk_cache
from kpipe.data.cache.disk_cache import DiskCache
from kpipe.data.cache.folder_lock import FolderLock
from kpipe.data.cache.sample_layout import SampleLayout
from kpipe.errors import DataError

VALUES = np.arange(60, dtype="float32").reshape(5, 3, 4)

#: Writes half of the cache of `VALUES` in another process, until it is killed.
WRITER = """
import os, pathlib, signal, sys
import numpy as np
from kpipe.data.cache.disk_cache import DiskCache
from kpipe.data.cache.sample_layout import SampleLayout
values = np.arange(60, dtype="float32").reshape(5, 3, 4)
cache = DiskCache(pathlib.Path(sys.argv[1]), "key", {"x": SampleLayout((3, 4), "float32", 5)})
def fill(put):
    put("x", np.arange(2), values[:2])
    os.kill(os.getpid(), signal.SIGKILL)
cache.write(fill, print)
"""


def cache_in(folder):
    return DiskCache(folder, "key", {"x": SampleLayout((3, 4), "float32", 5)})


def fill(put):
    put("x", np.array([4, 0]), VALUES[[4, 0]])
    put("x", np.array([1, 2, 3]), VALUES[1:4])


def never(put):
    raise AssertionError("written again")


def silent(line):
    pass


def test_what_was_written_is_mapped_read_only(tmp_path):
    assert cache_in(tmp_path).maps() is None
    maps = cache_in(tmp_path).write(fill, silent)
    assert isinstance(maps["x"], np.memmap)
    assert not maps["x"].flags.writeable
    assert np.array_equal(maps["x"], VALUES.ravel())
    assert np.array_equal(cache_in(tmp_path).maps()["x"], VALUES.ravel())
    assert np.array_equal(cache_in(tmp_path).write(never, silent)["x"], VALUES.ravel())
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_several_inputs_one_of_them_empty(tmp_path):
    layouts = {"a": SampleLayout((2,), "uint8", 1), "b": SampleLayout((None, None, 1), "uint8", 0, np.empty((0, 2)))}
    maps = DiskCache(tmp_path, "key", layouts).write(lambda put: put("a", np.array([0]), np.array([[1, 2]])), silent)
    assert {name: values.tolist() for name, values in maps.items()} == {"a": [1, 2], "b": []}


def test_an_error_leaves_nothing(tmp_path):
    def fail(put):
        put("x", np.array([0]), VALUES[:1])
        raise DataError("a file is damaged")

    with pytest.raises(DataError, match="damaged"):
        cache_in(tmp_path).write(fail, silent)
    assert list(tmp_path.iterdir()) == []
    assert np.array_equal(cache_in(tmp_path).write(fill, silent)["x"], VALUES.ravel())


def test_samples_of_another_shape_are_refused(tmp_path):
    with pytest.raises(ValueError, match="sample 3 has shape"):
        cache_in(tmp_path).write(lambda put: put("x", np.array([3]), VALUES[:1, :2]), silent)


@contextlib.contextmanager
def largest_file(size):
    """Let no file of this process grow beyond a size, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("can_reserve", [True, False])
def test_a_full_disk_names_the_folder_and_leaves_nothing(tmp_path, can_reserve, monkeypatch):
    if not can_reserve:
        monkeypatch.delattr(os, "posix_fallocate")
    with largest_file(100), raises(DataError):
        cache_in(tmp_path).write(fill, silent)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_killed_writer_leaves_no_lock(tmp_path):
    child = subprocess.run([sys.executable, "-c", WRITER, str(tmp_path)], check=False)
    assert child.returncode == -signal.SIGKILL
    assert cache_in(tmp_path).maps() is None
    assert np.array_equal(cache_in(tmp_path).write(fill, silent)["x"], VALUES.ravel())
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_several_runs_at_once_write_one_cache(tmp_path):
    writers, found, lines = [], [], []
    begun, may_end = threading.Event(), threading.Event()

    def slowly(put):
        writers.append(threading.current_thread())
        begun.set()
        may_end.wait()
        fill(put)

    def say(line):
        lines.append(line)
        may_end.set()

    threads = [
        threading.Thread(target=lambda: found.append(cache_in(tmp_path).write(slowly, say)["x"].tolist()))
        for _ in range(4)
    ]
    threads[0].start()
    begun.wait()
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(writers) == 1
    assert found == [VALUES.ravel().tolist()] * 4
    assert f"the cache in {tmp_path}" in lines[0]


def test_a_run_that_arrives_while_another_one_completes_the_cache_waits(tmp_path, monkeypatch):
    """The writer still has its lock after it has given the folder its name."""
    renamed, may_end, filled, found = threading.Event(), threading.Event(), [], []
    synchronize = disk_cache._synchronize

    def pause(folder):
        if folder == tmp_path:
            renamed.set()
            may_end.wait()
        synchronize(folder)

    def count(put):
        filled.append(1)
        fill(put)

    monkeypatch.setattr(disk_cache, "_synchronize", pause)
    monkeypatch.setattr(disk_cache, "_INTERVAL", 0.01)
    threads = [threading.Thread(target=lambda: found.append(cache_in(tmp_path).write(count, silent))) for _ in range(3)]
    threads[0].start()
    renamed.wait()
    for thread in threads[1:]:
        thread.start()
    while len(found) == 0 and not any((tmp_path / ".key").glob("*")):
        time.sleep(0.001)
    may_end.set()
    for thread in threads:
        thread.join()
    assert len(filled) == 1
    assert all(np.array_equal(values["x"], VALUES.ravel()) for values in found)
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


@pytest.mark.parametrize(
    "damage",
    [lambda file: file.unlink(), lambda file: os.truncate(file, 100), lambda file: file.write_bytes(bytes(500))],
    ids=["removed", "truncated", "extended"],
)
def test_a_damaged_cache_is_written_again(tmp_path, damage):
    cache_in(tmp_path).write(fill, silent)
    damage(tmp_path / "key" / "0.values")
    assert cache_in(tmp_path).maps() is None
    assert np.array_equal(cache_in(tmp_path).write(fill, silent)["x"], VALUES.ravel())


def test_a_cache_in_use_is_locked_as_long_as_it_is_used(tmp_path):
    cache = cache_in(tmp_path)
    cache.write(fill, silent)
    assert FolderLock.exclusive(tmp_path / "key") is None
    del cache
    assert FolderLock.exclusive(tmp_path / "key") is not None


def test_a_file_instead_of_the_folder(tmp_path):
    (tmp_path / "caches").write_text("")
    with pytest.raises(DataError, match="cannot be cached in"):
        cache_in(tmp_path / "caches").write(fill, silent)


@pytest.mark.slow
def test_reading_needs_no_anonymous_memory(tmp_path):
    megabytes = 64
    script = f"""
import pathlib, sys
import numpy as np
from kpipe.data.cache.disk_cache import DiskCache
from kpipe.data.cache.sample_layout import SampleLayout
def anonymous():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
layout = SampleLayout((2**18,), "uint8", {megabytes * 4})
cache = DiskCache(pathlib.Path(sys.argv[1]), "key", {{"x": layout}})
block = np.ones((4, 2**18), "uint8")
before = anonymous()
maps = cache.write(lambda put: [put("x", np.arange(i, i + 4), block) for i in range(0, {megabytes * 4}, 4)], print)
total = sum(int(layout.read(maps["x"], np.arange(i, i + 4)).sum()) for i in range(0, {megabytes * 4}, 4))
print(total, anonymous() - before)
"""
    output = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    total, kibibytes = map(int, output.split())
    assert total == megabytes * 2**20
    assert kibibytes < 8 * 1024
    assert Path(tmp_path / "key" / "0.values").stat().st_size == megabytes * 2**20


def test_a_cache_that_is_unlocked_between_two_looks_is_not_removed(tmp_path, monkeypatch):
    cache_in(tmp_path).write(fill, silent)
    finishing = FolderLock.exclusive(tmp_path / "key")

    def is_locked(folder):
        # The other run has released its lock by the time of this look.
        finishing.release()
        return False

    monkeypatch.setattr(disk_cache, "is_locked", is_locked)
    found = cache_in(tmp_path).write(lambda put: pytest.fail("written again"), silent)
    assert np.array_equal(found["x"], VALUES.ravel())
