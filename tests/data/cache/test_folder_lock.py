import shutil
from pathlib import Path

from kpipe.data.cache.folder_lock import FolderLock, is_locked, last_use


def test_one_alone_or_several_together(tmp_path):
    folder = tmp_path / "cache"
    assert FolderLock.exclusive(folder) is None
    assert FolderLock.shared(folder) is None
    alone = FolderLock.exclusive(folder, create=True)
    assert FolderLock.exclusive(folder) is None
    assert FolderLock.shared(folder) is None
    alone.release()
    first, second = FolderLock.shared(folder), FolderLock.shared(folder)
    assert FolderLock.exclusive(folder) is None
    first.release()
    assert FolderLock.exclusive(folder) is None
    second.release()
    assert FolderLock.exclusive(folder) is not None


def test_the_last_use_is_stored(tmp_path):
    folder = tmp_path / "cache"
    assert last_use(folder) == 0
    FolderLock.exclusive(folder, create=True).release()
    created = last_use(folder)
    FolderLock.shared(folder)
    assert last_use(folder) >= created > 0


def test_a_lock_on_a_folder_that_was_removed_is_none_on_its_successor(tmp_path):
    folder = tmp_path / "cache"
    old = FolderLock.exclusive(folder, create=True)
    shutil.rmtree(folder)
    new = FolderLock.exclusive(folder, create=True)
    assert new is not None
    old.release()
    assert FolderLock.exclusive(folder) is None


def test_whether_a_folder_is_locked(tmp_path):
    folder = tmp_path / "cache"
    assert not is_locked(folder)
    alone = FolderLock.exclusive(folder, create=True)
    assert is_locked(folder)
    alone.release()
    assert not is_locked(folder)
    shared = FolderLock.shared(folder)
    assert not is_locked(folder)
    shared.release()


def test_a_folder_that_is_removed_while_it_is_created_is_not_locked(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    mkdir = Path.mkdir

    def removed(path, *args, **kwargs):
        mkdir(path, *args, **kwargs)
        path.rmdir()

    monkeypatch.setattr(Path, "mkdir", removed)
    assert FolderLock.exclusive(folder, create=True) is None
