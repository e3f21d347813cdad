import io
import shutil
import zipfile

import numpy as np
import pytest
from golden import raises

from kpipe.data.sources.unpacked import open_member
from kpipe.errors import DataError


def test_names_that_are_not_file_names(tmp_path, context):
    np.savez_compressed(tmp_path / "data.npz", **{"a/b": np.arange(3), "a_b": np.arange(4), "ü": np.arange(5)})
    assert [len(open_member(tmp_path / "data.npz", name, context)) for name in ("a/b", "a_b", "ü")] == [3, 4, 5]


def test_a_stored_member_is_mapped_where_it_is(tmp_path, context):
    np.savez(tmp_path / "data.npz", x=np.arange(3))
    assert open_member(tmp_path / "data.npz", "x", context).tolist() == [0, 1, 2]
    assert not context.cache_folder.exists()


def test_a_full_disk(tmp_path, context, monkeypatch):
    np.savez_compressed(tmp_path / "data.npz", x=np.zeros(1000))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 9, 1))
    with raises(DataError):
        open_member(tmp_path / "data.npz", "x", context)


def test_pickles_and_missing_members(tmp_path, context):
    np.savez_compressed(tmp_path / "data.npz", x=np.array([{}], object), allow_pickle=True)
    with raises(DataError):
        open_member(tmp_path / "data.npz", "x", context)
    with raises(DataError):
        open_member(tmp_path / "data.npz", "z", context)


@pytest.mark.parametrize("shape", [(1000,), (10**9,)])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, context, shape):
    """Its header asks for more, or for less, than the member holds: nothing of it reaches the disk."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": shape})
    path = tmp_path / "data.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as member:
        member.write(head.getvalue())
        for _ in range(20):
            member.write(bytes(1 << 20))
    with raises(DataError):
        open_member(path, "x", context)
    assert not [path for path in context.cache_folder.rglob("*") if path.is_file()]
