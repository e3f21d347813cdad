import io
import os
import struct
import zipfile

import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.data.npz import is_compressed, map_member, map_npy, members
from kpipe.data.sources.source import OpenContext
from kpipe.data.sources.unpacked import open_member
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
    """Only the local header has zip64 fields and padding: numpy.savez itself writes such files."""
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
    with raises(DataError):
        map_npy(tmp_path / "x.npy")
    with raises(DataError):
        map_member(tmp_path / "data.npz", "x")


def test_compressed_cannot_be_mapped(tmp_path):
    np.savez_compressed(tmp_path / "data.npz", x=X)
    with raises(DataError):
        map_member(tmp_path / "data.npz", "x")


def test_missing_member(tmp_path):
    np.savez(tmp_path / "data.npz", a=X, b=X)
    with raises(DataError):
        map_member(tmp_path / "data.npz", "x")


def test_damaged_files(tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.savez(tmp_path / "data.npz", x=X)
    array, archive = (tmp_path / "x.npy").read_bytes(), (tmp_path / "data.npz").read_bytes()
    path = tmp_path / "short.npy"
    path.write_bytes(array[:-1])
    with raises(DataError):
        map_npy(path)
    path.write_bytes(array[:40])
    with raises(DataError):
        map_npy(path)
    path.write_bytes(b"")
    with raises(DataError):
        map_npy(path)
    path.write_bytes(b"\x80\x04K\x01.")
    with raises(DataError):
        map_npy(path)
    path = tmp_path / "short.npz"
    path.write_bytes(archive[:-30])
    with raises(DataError):
        members(path)
    path.write_bytes(b"QK" + archive[2:])
    with raises(DataError):
        map_member(path, "x")


def test_missing_files(tmp_path):
    with raises(DataError):
        map_npy(tmp_path / "x.npy")
    with raises(DataError):
        members(tmp_path / "x.npz")


def test_encrypted_member(tmp_path):
    np.savez(tmp_path / "data.npz", x=X)
    content = bytearray((tmp_path / "data.npz").read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 8] |= 1
    (tmp_path / "data.npz").write_bytes(content)
    with raises(DataError):
        map_member(tmp_path / "data.npz", "x")


def header(text, version=(1, 0)):
    """The bytes of an `.npy` file with any header."""
    length = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + length + text.encode("latin1") + bytes(64)


def described(shape, descr="'<f4'", order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}\n"


@pytest.mark.parametrize(
    "content",
    [
        header(described("(True, 4)")),
        header(described("(4,)"), (9, 0)),
        header(described("(4,)"), (1, 1)),
        header(described("f(4)")),
        header("{'descr'"),
        b"PK\x03\x04" + bytes(80),
    ],
    ids=["truth", "version", "minor", "call", "cut", "magic"],
)
def test_headers_that_numpy_does_not_write(tmp_path, content):
    path = tmp_path / "x.npy"
    path.write_bytes(content)
    with raises(DataError) as caught:
        map_npy(path)
    assert "ast." not in str(caught.value)


def test_version_three_header(tmp_path):
    path = tmp_path / "x.npy"
    path.write_bytes(npy(X, version=(3, 0)))
    assert np.array_equal(map_npy(path), X)


CRAFTED = {
    "overflow of 64 bits": described("(4294967296, 4294967296)"),
    "an endless size": described(f"({'9' * 40}, 4)"),
    "thousands of digits": described(f"({'9' * 4000}, 4)"),
    "a product of thousands of digits": described(f"({'9' * 4000}, {'9' * 4000})"),
    "negative": described("(-4, -4)"),
    "negative and empty": described("(-4, 0)"),
    "empty and endless": described(f"(0, {2**70})"),
    "empty and large": described(f"(0, {2**62})"),
    "many axes": described(f"({'1, ' * 70})"),
    "texts of no size": described(f"({10**15},)", "'<U0'"),
    "records": described("(2,)", "[('a', '<f4'), ('b', '<i4')]"),
    "an element of several": described("(2,)", "('<f4', (3,))"),
    "objects": described("(2,)", "'|O'"),
    "no type": described("(2,)", "'zz'"),
    "deep nesting": "(" * 5000,
    "deep signs": "-" * 9000 + "1",
    "deep sums": described("(" + "+1" * 4000 + ",)"),
    "a call": described("(len('abc'),)"),
    "another order": described("(2,)", order="7"),
    "a key too many": "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}",
    "a size that is no number": described("(2.5,)"),
    "nothing": "",
}


@pytest.mark.parametrize("text", CRAFTED)
def test_crafted_headers_are_errors_with_the_file_name(tmp_path, text):
    content = header(CRAFTED[text])
    (tmp_path / "x.npy").write_bytes(content)
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "x.npz", "w", compression) as archive:
            archive.writestr("x.npy", content)
        with raises(DataError):
            open_member(tmp_path / "x.npz", "x", OpenContext(print, 1, tmp_path / "cache"))
    with raises(DataError):
        map_npy(tmp_path / "x.npy")


def test_the_length_of_a_header_is_not_believed(tmp_path):
    content = bytearray(header(described("(2,)"), version=(2, 0)))
    content[8:12] = struct.pack("<I", 2**32 - 1)
    (tmp_path / "x.npy").write_bytes(content)
    with raises(DataError):
        map_npy(tmp_path / "x.npy")
    (tmp_path / "x.npy").write_bytes(header(described("(2,)") + " " * 60_000))
    with raises(DataError):
        map_npy(tmp_path / "x.npy")


def patched(path, where, offset, form, value):
    """A field of the entry in the table of contents (`PK12`) or of the local header (`PK34`) of the first member."""
    content = bytearray(path.read_bytes())
    place = content.index(where) + offset
    content[place : place + struct.calcsize(form)] = struct.pack(form, value)
    path.write_bytes(content)


@pytest.mark.parametrize(("offset", "value"), [(20, 2**31), (24, 2**31), (42, 2**31), (42, 5), (28, 60_000)])
def test_an_incorrect_table_of_contents(tmp_path, offset, value):
    """The sizes of a member, where it begins, and the length of its name."""
    path = tmp_path / "data.npz"
    np.savez(path, x=X)
    patched(path, b"PK\x01\x02", offset, "<H" if offset == 28 else "<I", value)
    try:
        assert np.array_equal(map_member(path, "x"), X)  # what it says is more than there is, and not needed
    except DataError as error:
        expect_message(str(error))


def test_an_incorrect_local_header(tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, x=X)
    patched(path, b"PK\x03\x04", 28, "<H", 65_000)
    with raises(DataError):
        map_member(path, "x")


def test_damaged_bytes_anywhere_are_an_error_or_an_array(tmp_path):
    generator = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", x=X, y=np.arange(4))
    np.savez_compressed(tmp_path / "b.npz", x=X, y=np.arange(4))
    for name in ("a.npz", "b.npz"):
        original = np.frombuffer((tmp_path / name).read_bytes(), np.uint8)
        for trial in range(300):
            damaged = original.copy()
            damaged[generator.integers(0, len(damaged), 3)] = generator.integers(0, 256, 3)
            path = tmp_path / f"{trial}-{name}"
            path.write_bytes(damaged.tobytes())
            try:
                assert isinstance(np.asarray(open_member(path, "x", OpenContext(str, 1, tmp_path / "c"))), np.ndarray)
            except DataError as error:
                assert path.name in str(error)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_two_arrays_of_one_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        for value in (X, X + 1):
            archive.writestr("x.npy", npy(value))
    with raises(DataError):
        members(tmp_path / "data.npz")


@pytest.mark.parametrize("name", ["/etc/x.npy", "../../x.npy", "C:\\x.npy", "a/../x.npy", "\x1b[2J.npy"])
def test_names_of_members_are_never_paths(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "data.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), npy(X), zipfile.ZIP_DEFLATED)
    member = next(iter(members(tmp_path / "data.npz")))
    before = set(tmp_path.rglob("*"))
    assert np.array_equal(open_member(tmp_path / "data.npz", member, OpenContext(str, 1, tmp_path / "cache")), X)
    made = {path.relative_to(tmp_path).parts[0] for path in set(tmp_path.rglob("*")) - before}
    assert made == {"cache"}


@pytest.mark.parametrize("read", [map_npy, members, lambda path: map_member(path, "x")])
def test_a_named_pipe_is_not_waited_for(tmp_path, read):
    os.mkfifo(tmp_path / "x")
    with raises(DataError):
        read(tmp_path / "x")
