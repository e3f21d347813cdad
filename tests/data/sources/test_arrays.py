import io
import os
import struct
import subprocess
import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.data.sources.arrays import Arrays
from kpipe.errors import ArgumentError, DataError

X = np.arange(60, dtype=np.float32).reshape(10, 3, 2)
Y = np.arange(10) % 3


def saved(folder, **arrays):
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return {name: folder / f"{name}.npy" for name in arrays}


def zipped(folder, compressed=False, **arrays):
    (np.savez_compressed if compressed else np.savez)(folder / "data.npz", **arrays)
    return folder / "data.npz"


def test_npy_files(tmp_path, context):
    dataset = Arrays(**saved(tmp_path, x=X, y=Y)).open(context)
    assert (dataset.inputs["x"].shape, dataset.inputs["x"].dtype) == ((3, 2), "float32")
    assert dataset.targets["y"].classes == ("0", "1", "2")
    assert np.array_equal(dataset.read(np.array([7, 2]))["x"], X[[7, 2]])
    assert isinstance(dataset.arrays()["x"], np.memmap)
    assert dataset.sample_name(4) == "sample 4"


def test_npy_parts(tmp_path, context):
    files = saved(tmp_path, x=X, y=Y, x_test=X[:4] + 1, y_test=Y[:4], x_validation=X[:3], y_validation=Y[:3])
    dataset = Arrays(**files).open(context)
    assert {part: len(indices) for part, indices in dataset.parts.items()} == {"train": 10, "validation": 3, "test": 4}
    assert np.array_equal(dataset.read(dataset.parts["test"])["x"], X[:4] + 1)
    assert dataset.labels["y"][dataset.parts["test"]].tolist() == Y[:4].tolist()


@pytest.mark.parametrize("compressed", [False, True])
def test_npz(tmp_path, listener, compressed):
    path = zipped(tmp_path, compressed, x_train=X, y_train=Y, x_test=X[:2], y_test=Y[:2], x_val=X, y_validation=Y)
    dataset = Arrays(path).open(listener.context())
    assert {part: len(indices) for part, indices in dataset.parts.items()} == {"train": 10, "validation": 10, "test": 2}
    assert np.array_equal(dataset.read(np.array([9]))["x"], X[[9]])
    assert ("is compressed; unpacking" in listener.text) == compressed


def test_named_members(tmp_path, context):
    image = np.zeros((10, 8, 8, 3), np.uint8)
    path = zipped(tmp_path, image=image, extra=X, kind=np.array(list("abababcabc")), price=np.linspace(0, 1, 10))
    dataset = Arrays(path, inputs=["image", "extra"], targets=["kind", "price"]).open(context)
    assert list(dataset.inputs) == ["image", "extra"]
    assert dataset.inputs["image"].kind == "image"
    assert {name: target.task for name, target in dataset.targets.items()} == {
        "kind": "classification",
        "price": "regression",
    }
    assert dataset.targets["kind"].classes == ("a", "b", "c")
    assert dataset.labels["price"].dtype == np.float32


def test_task_and_classes(tmp_path, context):
    path = zipped(tmp_path, x=X, y=Y)
    assert Arrays(path, task="regression").open(context).targets["y"].task == "regression"
    assert Arrays(path, classes=["a", "b", "c"]).open(context).targets["y"].classes == ("a", "b", "c")


def test_a_compressed_file_is_unpacked_once(tmp_path, listener):
    path = zipped(tmp_path, True, x=X, y=Y)
    first = Arrays(path).open(listener.context()).arrays()["x"]
    assert isinstance(first, np.memmap)
    assert len(listener.said) == 2
    Arrays(path).open(listener.context())
    assert len(listener.said) == 2
    zipped(tmp_path, True, x=X + 1, y=Y)
    os.utime(path, ns=(1, 1))
    assert np.array_equal(Arrays(path).open(listener.context()).read(np.arange(10))["x"], X + 1)
    assert len(listener.said) == 4
    assert len(list((listener.folder / "unpacked").glob("*/*/*.npy"))) == 2


def test_a_damaged_compressed_member(tmp_path, context):
    path = zipped(tmp_path, True, x=np.random.default_rng(0).random((100, 50)), y=np.arange(100))
    content = bytearray(path.read_bytes())
    content[3000:3050] = bytes(50)
    path.write_bytes(content)
    with raises(DataError):
        Arrays(path).open(context)
    assert not list(context.cache_folder.rglob("*.npy*"))


def test_hard_layouts(tmp_path, listener):
    files = saved(tmp_path, x=np.asfortranarray(X.astype(">f8")), y=Y.astype(">i8"))
    dataset = Arrays(**files).open(listener.context())
    expect_message(listener.text)
    assert np.array_equal(dataset.read(np.array([3, 1]))["x"], X[[3, 1]])
    assert dataset.labels["y"].dtype.isnative


def test_channels_first_is_pointed_out(tmp_path, listener):
    Arrays(**saved(tmp_path, x=np.zeros((10, 3, 32, 32), np.uint8), y=Y)).open(listener.context())
    expect_message(listener.text)


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": X, "y": Y[:9]},
        {"x": X[:0], "y": Y[:0]},
        {"x": np.array(3.0), "y": Y},
        {"x": np.array(list("abcdefghij")), "y": Y},
        {"x": X, "y": np.array([0.5] * 9 + [np.nan])},
        {"x": X, "y": np.array([{}] * 10, object)},
        {"x": X, "y": Y, "x_test": X[:, :2], "y_test": Y},
        {"x": X, "y": Y, "x_test": X, "y_test": Y + 1},
        {"x": X, "y": Y, "x_test": X[:3], "y_test": Y},
    ],
)
@pytest.mark.parametrize("kind", ["npy", "npz"])
def test_data_that_cannot_be_used(tmp_path, context, arrays, kind):
    source = Arrays(**saved(tmp_path, **arrays)) if kind == "npy" else Arrays(zipped(tmp_path, **arrays))
    with raises(DataError):
        source.open(context)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({}, "path"),
        ({"x": "x.npy"}, "y"),
        ({"path": "a.npz", "x": "x.npy"}, "path"),
        ({"x": "x.npy", "y": "y.npy", "x_test": "t.npy"}, "x_test"),
        ({"x": "x.npy", "y": "y.npy", "inputs": ["a"]}, "inputs"),
        ({"path": "a.npz", "inputs": []}, "inputs"),
        ({"path": "a.npz", "targets": ["y", "y"]}, "targets"),
        ({"path": "a.npz", "targets": ["y", "z"], "classes": ["a", "b"]}, "classes"),
    ],
)
def test_arguments(arguments, argument):
    with pytest.raises(ArgumentError) as caught:
        Arrays(**arguments)
    assert caught.value.argument == argument


def test_files_that_are_not_there(tmp_path, context):
    files = saved(tmp_path, x=X, y=Y)
    path = zipped(tmp_path, a=X, b=Y)
    np.savez(tmp_path / "both.npz", x=X, x_train=X, y=Y)
    for source, argument in [
        (Arrays(x=tmp_path / "z.npy", y=files["y"]), "x"),
        (Arrays(tmp_path / "z.npz"), "path"),
        (Arrays(tmp_path), "path"),
        (Arrays(files["x"]), "path"),
        (Arrays(x=path, y=files["y"]), "x"),
        (Arrays(path), "inputs"),
        (Arrays(path, inputs=["a"]), "targets"),
        (Arrays(tmp_path / "both.npz"), "inputs"),
    ]:
        with raises(ArgumentError) as caught:
            source.open(context)
        assert caught.value.argument == argument


def test_a_test_part_of_inputs_alone(tmp_path, context):
    with raises(ArgumentError):
        Arrays(zipped(tmp_path, x=X, y=Y, x_test=X)).open(context)


@pytest.mark.parametrize("kind", ["npy", "npz"])
@pytest.mark.slow
def test_memory_does_not_grow_with_the_data(tmp_path, kind):
    """A gigabyte of (sparse) inputs is read in batches by a process that may hold 600 MB of data."""
    path = tmp_path / f"x.{kind}"
    rows, width = 262_144, 1024
    header = {"descr": "<f4", "fortran_order": False, "shape": (rows, width)}
    np.save(tmp_path / "y.npy", np.arange(rows) % 2)
    if kind == "npy":
        with path.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            file.truncate(file.tell() + rows * width * 4)
    else:
        _stored_archive(path, header, rows * width * 4, tmp_path / "y.npy")
    arguments = f"x={str(path)!r}, y={str(tmp_path / 'y.npy')!r}" if kind == "npy" else repr(str(path))
    code = f"""
        import resource, numpy as np
        from pathlib import Path
        from kpipe.data.sources.arrays import Arrays
        from kpipe.data.sources.source import OpenContext
        resource.setrlimit(resource.RLIMIT_DATA, (600 << 20, 600 << 20))
        dataset = Arrays({arguments}).open(OpenContext(print, 0.01, Path({str(tmp_path)!r})))
        order = np.random.default_rng(0).permutation({rows})
        total = 0
        for start in range(0, 4096, 128):
            total += dataset.read(order[start:start + 128])["x"].shape[0]
        print(total)
    """
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False, env=environment
    )
    assert result.stdout.strip() == "4096", result.stderr


def _stored_archive(path, header, size, labels):
    """An uncompressed .npz whose member x is a hole in the file; its check sum is not that of zeros."""
    first = io.BytesIO()
    np.lib.format.write_array_header_1_0(first, header)
    total = len(first.getvalue()) + size
    entries = []
    with path.open("wb") as file:
        for name, content, length in [(b"x.npy", first.getvalue(), total), (b"y.npy", labels.read_bytes(), None)]:
            length = length or len(content)
            entries.append((file.tell(), name, length))
            file.write(struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, length, length, len(name), 0))
            file.write(name)
            start = file.tell()
            file.write(content)
            file.truncate(start + length)
            file.seek(start + length)
        directory = file.tell()
        for offset, name, length in entries:
            fields = (b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, length, length, len(name), 0, 0, 0, 0, 0, offset)
            file.write(struct.pack("<4s6H3I5H2I", *fields) + name)
        count = len(entries)
        end = (b"PK\x05\x06", 0, 0, count, count, file.tell() - directory, directory, 0)
        file.write(struct.pack("<4s4H2IH", *end))


def test_a_member_with_groups(tmp_path, context):
    patients = np.array(list("aabbccddee"))
    path = zipped(tmp_path, x_train=X, y_train=Y, x_test=X[:3], y_test=Y[:3], who_train=patients, who_test=patients[:3])
    dataset = Arrays(path).opened(replace(context, group="who"))
    assert list(dataset.inputs) == ["x"]
    assert dataset.groups.tolist() == [*patients, *patients[:3]]
    assert Arrays(path).opened(context).groups is None


@pytest.mark.parametrize(
    ("group", "arrays"),
    [
        ("x", {}),
        ("y", {}),
        ("patient", {}),
        ("who", {"who": np.arange(10.0)}),
        ("who", {"who": np.arange(20).reshape(10, 2)}),
        ("who", {"who": np.arange(9)}),
    ],
    ids=["input", "target", "unknown", "floats", "rows", "length"],
)
def test_members_that_cannot_be_groups(tmp_path, context, group, arrays):
    with raises((ArgumentError, DataError)):
        Arrays(zipped(tmp_path, x=X, y=Y, **arrays)).open(replace(context, group=group))


def test_files_have_no_groups(tmp_path, context):
    with raises(ArgumentError):
        Arrays(**saved(tmp_path, x=X, y=Y)).open(replace(context, group="who"))
