import json

import ml_dtypes
import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.errors import DataError
from kpipe.train.resume.checkpoint_file import read_checkpoint, write_checkpoint

PLAIN = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16", "S3", "U3", ">f4", ">i8"]
SPECIAL = [np.nan, -np.nan, np.inf, -np.inf, -0.0, 1e-45]


def several() -> dict[str, np.ndarray]:
    return {
        "weights": np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4),
        "half/bits": np.array([1.5, np.nan], ml_dtypes.bfloat16),
        "iterations": np.array(41),
        "none": np.zeros((0, 3)),
        "seed": np.array([1, 2], np.uint32),
    }


def same(found: np.ndarray, expected: np.ndarray) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.tobytes() == expected.tobytes()


def returned(path, arrays):
    write_checkpoint(path, {}, arrays)
    return read_checkpoint(path)[1]


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3), (2, 3, 4)])
@pytest.mark.parametrize("dtype", [*PLAIN, "bfloat16"])
def test_every_type_and_shape_comes_back(tmp_path, dtype, shape):
    values = np.random.default_rng(1).integers(0, 100, shape)
    array = np.asarray(values.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype))
    same(returned(tmp_path / "a", {"one": array})["one"], array)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ml_dtypes.bfloat16])
def test_the_bits_of_nan_are_restored(tmp_path, dtype):
    with np.errstate(all="ignore"):
        array = np.array(SPECIAL).astype(dtype)
    payload = np.frombuffer(b"\x01\x02\xff\x7f" * 4, dtype)
    found = returned(tmp_path / "a", {"special": array, "payload": payload})
    same(found["special"], array)
    same(found["payload"], payload)


def test_arrays_in_any_order_of_memory_come_back(tmp_path):
    base = np.arange(24, dtype=np.float32).reshape(4, 6)
    views = {"transposed": base.T, "part": base[::2, 1:5:3], "fortran": np.asfortranarray(base)}
    views["half"] = base.astype(ml_dtypes.bfloat16).T
    found = returned(tmp_path / "a", views)
    for name, view in views.items():
        np.testing.assert_array_equal(found[name], view)
        assert found[name].dtype == view.dtype


def test_what_is_read_may_be_changed(tmp_path):
    found = returned(tmp_path / "a", several())
    for array in found.values():
        assert array.flags.writeable


def test_the_description_and_the_order_of_the_arrays_come_back(tmp_path):
    description = {
        "text": "ü \ud800 \n",
        "deep": [{"a": None, "b": [True, 1, 2.5]}],
        "large": 2**80,
        "inf": float("inf"),
    }
    write_checkpoint(tmp_path / "a", description, several())
    found, arrays = read_checkpoint(tmp_path / "a")
    assert found == description
    assert list(arrays) == list(several())
    write_checkpoint(tmp_path / "a", {"nan": float("nan")}, {})
    found, arrays = read_checkpoint(tmp_path / "a")
    assert (np.isnan(found["nan"]), arrays) == (True, {})


def test_an_array_larger_than_a_piece(tmp_path):
    array = np.random.default_rng(2).standard_normal(700_001)
    same(returned(tmp_path / "a", {"large": array, "after": np.array(3)})["large"], array)


def test_the_same_state_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_checkpoint(tmp_path / name, {"epoch": 3}, several())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_objects_are_refused(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        write_checkpoint(tmp_path / "a", {}, {"object": np.array([{}], object)})


def test_a_file_cut_off_anywhere_is_noticed(tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    write_checkpoint(whole, {"epoch": 3}, several())
    content = whole.read_bytes()
    assert len(content) < 4000
    found = set()
    for length in range(len(content)):
        cut.write_bytes(content[:length])
        with pytest.raises(DataError) as caught:
            read_checkpoint(cut)
        found.add(str(caught.value))
    expect_message("\n".join(sorted(found)))


def test_every_flipped_byte_is_noticed(tmp_path):
    whole, flipped = tmp_path / "whole", tmp_path / "flipped"
    write_checkpoint(whole, {"epoch": 3}, several())
    content = bytearray(whole.read_bytes())
    found = set()
    for place in range(len(content)):
        content[place] ^= 1 << place % 8
        flipped.write_bytes(content)
        with pytest.raises(DataError) as caught:
            read_checkpoint(flipped)
        found.add(str(caught.value))
        content[place] ^= 1 << place % 8
    expect_message("\n".join(sorted(found)))


def test_trailing_bytes_are_detected(tmp_path):
    write_checkpoint(tmp_path / "a", {}, several())
    with (tmp_path / "a").open("ab") as file:
        file.write(b"\0")
    with raises(DataError):
        read_checkpoint(tmp_path / "a")


@pytest.mark.parametrize("content", [b"", b"kpipe", b"PK\x03\x04 a zip file", json.dumps({}).encode(), bytes(1000)])
def test_other_files_are_not_checkpoints(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with raises(DataError):
        read_checkpoint(tmp_path / "other")


def test_what_cannot_be_read(tmp_path):
    with raises(DataError):
        read_checkpoint(tmp_path / "nowhere")
    with raises(DataError):
        read_checkpoint(tmp_path)


def test_a_file_of_format_1_is_read_and_of_an_unknown_one_is_not(tmp_path):
    path = tmp_path / "a"
    write_checkpoint(path, {"epoch": 3}, {"one": np.arange(3)})
    content = path.read_bytes()
    assert content.startswith(b"kpipe checkpoint 2\n")
    path.write_bytes(content.replace(b"checkpoint 2", b"checkpoint 1", 1))
    description, arrays = read_checkpoint(path)
    assert (description, arrays["one"].tolist()) == ({"epoch": 3}, [0, 1, 2])
    path.write_bytes(content.replace(b"checkpoint 2", b"checkpoint 3", 1))
    with raises(DataError):
        read_checkpoint(path)
