import os
import stat

import pytest

from kpipe.atomic import save, write_bytes, write_folder, write_text


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "history.csv"
    write_text(path, "old, ü")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["history.csv"]


def test_the_temporary_file_is_in_the_same_folder_and_keeps_the_suffix(tmp_path):
    seen = []

    def write(path):
        seen.append((path.parent, path.suffix, path.name != "model.keras"))
        path.write_text("x")

    save(tmp_path / "model.keras", write)
    assert seen == [(tmp_path, ".keras", True)]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_no_other(tmp_path, error):
    path = tmp_path / "result.json"
    write_text(path, "old")

    def write(temporary):
        temporary.write_text("half of the n")
        raise error

    with pytest.raises(error):
        save(path, write)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.json"]


def test_others_may_read_the_file_as_the_umask_says(tmp_path):
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a.txt", "")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_a_folder_is_replaced_whole(tmp_path):
    path = tmp_path / "pictures"
    before = os.umask(0o027)
    try:
        write_folder(path, {"a.png": b"old", "b.png": b"old"})
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    write_folder(path, {"b.png": b"new"})
    assert {file.name: file.read_bytes() for file in path.iterdir()} == {"b.png": b"new"}
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_old_folder_and_no_other(tmp_path):
    path = tmp_path / "pictures"
    write_folder(path, {"a.png": b"old"})
    with pytest.raises(FileNotFoundError):
        write_folder(path, {"b.png": b"new", "missing/c.png": b"new"})
    assert {file.name: file.read_bytes() for file in path.iterdir()} == {"a.png": b"old"}
    assert list(tmp_path.iterdir()) == [path]
