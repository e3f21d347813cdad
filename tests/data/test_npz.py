import io
import struct
import zipfile

import numpy as np
import pytest

from kpipe.data.npz import is_compressed, map_member, map_npy, members
from kpipe.errors import DataError

X = np.arange(24, dtype=np.float32).reshape(4, 3, 2)


def npy(array, **options):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "array",
    [X, np.asfortranarray(X), X.astype(">f8"), np.arange(3, dtype=np.uint8), np.array(["é", "ab"]), np.array(5)],
    ids=["c", "fortran", "big-endian", "bytes", "text", "scalar"],
)
def test_maps_what_numpy_wrote(tmp_path, array):
    np.save(tmp_path / "x.npy", array)
    np.savez(tmp_path / "data.npz", other=np.zeros(7), x=array)
    for mapped in (map_npy(tmp_path / "x.npy"), map_member(tmp_path / "data.npz", "x")):
        assert isinstance(mapped, np.memmap)
        assert np.array_equal(mapped, array)
        assert mapped.dtype == array.dtype
        assert not mapped.flags.writeable


def test_members_by_name(tmp_path):
    np.savez(tmp_path / "a.npz", x=X, y=np.arange(4))
    np.savez_compressed(tmp_path / "b.npz", x=X)
    assert list(members(tmp_path / "a.npz")) == ["x", "y"]
    assert not is_compressed(members(tmp_path / "a.npz")["x"])
    assert is_compressed(members(tmp_path / "b.npz")["x"])


def test_the_local_header_tells_the_start(tmp_path):
    """Zip64 fields and paddings stand in the local header alone: numpy.savez itself writes such files."""
    path = tmp_path / "data.npz"
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("x.npy", "w", force_zip64=True) as member:
            member.write(npy(X))
        padded = zipfile.ZipInfo("y.npy")
        padded.extra = struct.pack("<HH", 0xD935, 60) + bytes(60)
        archive.writestr(padded, npy(X + 1))
    assert np.array_equal(map_member(path, "x"), X)
    assert np.array_equal(map_member(path, "y"), X + 1)


def test_something_in_front_of_the_archive(tmp_path):
    np.savez(tmp_path / "plain.npz", x=X)
    path = tmp_path / "data.npz"
    path.write_bytes(b"#!/bin/sh\n" + (tmp_path / "plain.npz").read_bytes())
    assert np.array_equal(map_member(path, "x"), X)


def test_version_two_header(tmp_path):
    path = tmp_path / "x.npy"
    path.write_bytes(npy(X, version=(2, 0)))
    assert np.array_equal(map_npy(path), X)


def test_empty_array(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((0, 3)))
    assert map_npy(tmp_path / "x.npy").shape == (0, 3)


def test_pickles_are_refused(tmp_path):
    objects = np.array([{"a": 1}, None], object)
    np.save(tmp_path / "x.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "data.npz", x=objects, allow_pickle=True)
    with pytest.raises(DataError, match=r"x\.npy holds pickled Python objects.*np\.save"):
        map_npy(tmp_path / "x.npy")
    with pytest.raises(DataError, match=r"'x' in .*data\.npz holds pickled"):
        map_member(tmp_path / "data.npz", "x")


def test_compressed_cannot_be_mapped(tmp_path):
    np.savez_compressed(tmp_path / "data.npz", x=X)
    with pytest.raises(DataError, match=r"is compressed.*numpy\.savez"):
        map_member(tmp_path / "data.npz", "x")


def test_missing_member(tmp_path):
    np.savez(tmp_path / "data.npz", a=X, b=X)
    with pytest.raises(DataError, match="holds no array 'x'; it holds a, b"):
        map_member(tmp_path / "data.npz", "x")


def test_damaged_files(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.savez(tmp_path / "data.npz", x=X)
    array, archive = (tmp_path / "x.npy").read_bytes(), (tmp_path / "data.npz").read_bytes()
    path = tmp_path / "short.npy"
    path.write_bytes(array[:-1])
    with pytest.raises(DataError, match=r"truncated: .*\(4, 3, 2\).* needs 96 bytes, 95 are there"):
        map_npy(path)
    path.write_bytes(array[:40])
    with pytest.raises(DataError, match=r"not an array as numpy\.save writes it"):
        map_npy(path)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="not an array"):
        map_npy(path)
    path.write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(DataError, match="not an array"):
        map_npy(path)
    path = tmp_path / "short.npz"
    path.write_bytes(archive[:-30])
    with pytest.raises(DataError, match=r"damaged or no \.npz file"):
        members(path)
    path.write_bytes(b"QK" + archive[2:])
    with pytest.raises(DataError, match="header is not where"):
        map_member(path, "x")


def test_missing_files(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        map_npy(tmp_path / "x.npy")
    with pytest.raises(DataError, match="cannot be read: No such file"):
        members(tmp_path / "x.npz")


def test_encrypted_member(tmp_path):
    np.savez(tmp_path / "data.npz", x=X)
    content = bytearray((tmp_path / "data.npz").read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 8] |= 1
    (tmp_path / "data.npz").write_bytes(content)
    with pytest.raises(DataError, match="encrypted"):
        map_member(tmp_path / "data.npz", "x")
