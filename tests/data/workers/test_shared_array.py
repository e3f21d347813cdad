import gc
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from golden import raises

from kpipe.child_processes.child_process import ChildProcess
from kpipe.data.workers.shared_array import SharedArray


def add_one(connection, shared):
    shared.array += 1
    connection.send(shared.array.copy())


def change(connection, shared):
    try:
        shared.array[...] = 9
    except ValueError as error:
        connection.send(str(error))


def in_child(function, shared):
    with ChildProcess(f"{__name__}:{function}", shared) as child:
        return child.receive()


@pytest.mark.slow
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.arange(6, dtype=">i2"),
        np.zeros((0, 4), np.uint8),
        np.array(2.5),
        np.array([1 + 2j]),
        np.ones(2_000_000, np.uint8),
    ],
    ids=["float32", "big endian", "empty", "scalar", "complex", "large"],
)
def test_what_a_child_writes_is_seen_here(array):
    shared = SharedArray.of(array)
    np.testing.assert_array_equal(shared.array, array, strict=True)
    found = in_child("add_one", shared)
    np.testing.assert_array_equal(found, array + array.dtype.type(1))
    np.testing.assert_array_equal(shared.array, found)


@pytest.mark.slow
def test_views_of_a_shared_array_are_shared_without_a_copy():
    whole = SharedArray((4, 6), "int16")
    for view, expected in ((whole.array[1::2, ::-2], 1), (whole.array.T[2:3], 2), (whole.array.view("int32"), 3)):
        np.testing.assert_array_equal(in_child("add_one", SharedArray.of(view)), view)
        assert whole.array.any(), expected
    by_hand = np.zeros((4, 6), np.int16)
    by_hand[1::2, ::-2] += 1
    by_hand.T[2:3] += 1
    by_hand.view(np.int32)[...] += 1
    np.testing.assert_array_equal(whole.array, by_hand)


@pytest.mark.slow
@pytest.mark.parametrize("offset", [0, 100, 5000])
def test_the_map_of_a_file_is_mapped_by_a_child_and_not_changed(offset, tmp_path):
    content = np.arange(3000, dtype=np.int32)
    (tmp_path / "file").write_bytes(bytes(offset) + content.tobytes())
    mapped = np.memmap(tmp_path / "file", np.int32, "r", offset, (30, 100))
    for view in (mapped, mapped[3:, ::-7], np.asarray(mapped)[..., np.newaxis]):
        shared = SharedArray.of(view)
        np.testing.assert_array_equal(shared.array, view)
        assert not shared.array.flags.writeable
        assert in_child("change", shared) == "assignment destination is read-only"
    assert (tmp_path / "file").read_bytes()[offset:] == content.tobytes()


def test_a_private_map_is_copied_with_its_changes(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(5))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="c")
    mapped[2] = 1
    assert SharedArray.of(mapped).array.tolist() == [0, 0, 1, 0, 0]


@pytest.mark.parametrize("dtype", ["U3", "S3", "O", "V4", "datetime64[s]", [("a", "i4")]])
def test_values_that_are_not_in_their_bytes_are_refused(dtype):
    with raises(TypeError):
        SharedArray((2,), dtype)


def test_it_is_only_handed_over_to_a_child():
    with pytest.raises(TypeError, match="pass it as an argument of a ChildProcess"):
        pickle.dumps(SharedArray((2,), "int8"))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
def test_memory_and_descriptors_are_freed_with_the_last_view():
    def mapped():
        return Path("/proc/self/maps").read_text().count("kpipe-array"), len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    gc.collect()
    before = mapped()
    view = SharedArray((100, 100), "uint8").array[5:]
    view[...] = 3
    assert mapped() != before and view.sum() == 3 * 9500
    again = SharedArray.of(view)
    del view
    assert again.array.sum() == 3 * 9500
    del again
    assert mapped() == before
