"""Tests of remembered arrays: damaged and foreign files, and folders that cannot be written."""

import os

import numpy as np
import pytest

from kpipe.data.checks.remembered_arrays import MOST_FILES, RememberedArrays

ARRAYS = {"a": np.arange(5, dtype=np.uint64), "b": np.zeros(0, bool)}


def test_arrays_are_kept(tmp_path):
    remembered = RememberedArrays(tmp_path / "new")
    assert remembered.read("key", ["a", "b"]) is None
    remembered.write("key", ARRAYS)
    found = RememberedArrays(tmp_path / "new").read("key", ["a", "b"])
    assert found is not None
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    assert remembered.read("key", ["a", "c"]) is None


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"foreign", None])
def test_damaged_files_are_written_again(tmp_path, content):
    remembered = RememberedArrays(tmp_path)
    remembered.write("key", ARRAYS)
    (file,) = tmp_path.glob("*.npz")
    whole = bytearray(file.read_bytes())
    whole[whole.index(np.arange(5, dtype=np.uint64).tobytes()) + 8] ^= 1
    file.write_bytes(whole if content is None else content)
    assert remembered.read("key", ["a"]) is None
    remembered.write("key", ARRAYS)
    assert remembered.read("key", ["a"]) is not None


def test_a_file_of_another_key_is_ignored(tmp_path):
    remembered = RememberedArrays(tmp_path)
    remembered.write("key", ARRAYS)
    (tmp_path / "key.npz").rename(tmp_path / "other.npz")
    assert remembered.read("other", ["a"]) is None


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    remembered = RememberedArrays(tmp_path / "file" / "folder")
    remembered.write("key", ARRAYS)
    assert remembered.read("key", ["a"]) is None


def test_the_oldest_files_are_removed(tmp_path):
    remembered = RememberedArrays(tmp_path)
    for index in range(MOST_FILES):
        (tmp_path / f"{index}.npz").touch()
        os.utime(tmp_path / f"{index}.npz", (index, index))
    remembered.write("key", ARRAYS)
    assert {file.stem for file in tmp_path.iterdir()} == {"key", *map(str, range(1, MOST_FILES))}
