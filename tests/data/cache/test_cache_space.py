import os
from pathlib import Path

import pytest

from kpipe.data.cache import cache_space
from kpipe.data.cache.cache_space import is_writable, make_room
from kpipe.data.cache.folder_lock import FolderLock

KIB = 1024


@pytest.fixture
def caches(tmp_path, monkeypatch):
    """Three caches of 64 KiB on a disk with 64 KiB free, used in the order of their names."""
    for position, name in enumerate("abc"):
        FolderLock.exclusive(tmp_path / name, create=True).release()
        (tmp_path / name / "0.values").write_bytes(bytes(64 * KIB))
        os.utime(tmp_path / name / "lock", (position + 1, position + 1))
    free = 256 * KIB
    monkeypatch.setattr(
        cache_space, "_free", lambda folder: free - sum(file.stat().st_size for file in folder.rglob("*.values"))
    )
    return tmp_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_fits_removes_nothing(caches):
    assert make_room(caches, 60 * KIB, 1.0)
    assert names(caches) == ["a", "b", "c"]


def test_the_least_recently_used_are_removed_first(caches):
    assert make_room(caches, 100 * KIB, 1.0)
    assert names(caches) == ["b", "c"]


def test_all_caches_have_a_share_of_the_disk(caches):
    assert make_room(caches, 60 * KIB, 0.5)
    assert names(caches) == ["c"]


def test_what_never_fits_removes_nothing(caches):
    assert not make_room(caches, 257 * KIB, 1.0)
    assert not make_room(caches, 129 * KIB, 0.5)
    assert names(caches) == ["a", "b", "c"]


def test_a_cache_in_use_remains(caches):
    lock = FolderLock.shared(caches / "a")
    os.utime(caches / "a" / "lock", (0, 0))
    assert make_room(caches, 100 * KIB, 1.0)
    assert names(caches) == ["a", "c"]
    assert not make_room(caches, 250 * KIB, 1.0)
    assert names(caches) == ["a"]
    lock.release()


def test_writable_folders(tmp_path):
    assert is_writable(tmp_path)
    assert is_writable(tmp_path / "new" / "folder")
    assert not is_writable(Path("/proc/kpipe"))
