"""Any change of a sample that is hashed shows, and nothing of how and where the samples are stored does."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from golden import expect_message, expect_messages

from kpipe.data.dataset import Dataset, Input, Target
from kpipe.data.fingerprint import Fingerprint
from kpipe.data.prepare.resize import Resize
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.arrays import Arrays
from kpipe.data.sources.image_folder import ImageFolder
from kpipe.data.sources.source import OpenContext
from kpipe.data.sources.table import Table

COUNT = 200
X = np.random.default_rng(0).standard_normal((COUNT, 3)).astype(np.float32)
Y = np.arange(COUNT) % 3


def context(tmp_path) -> OpenContext:
    return OpenContext(lambda line: None, 0.0, tmp_path / "cache")


def of(dataset: Dataset, memory: float = 1.0, resize=None) -> Fingerprint:
    indices = np.arange(len(next(iter(dataset.labels.values()))))
    parts = {"train": indices[:-5], "test": indices[-5:]}
    stages = {name: [resize] for name in dataset.inputs} if resize is not None else None
    prepared = PreparedData(dataset, parts, stages, memory=memory)
    prepared.fit()
    return prepared.fingerprint()


def stored(fingerprint: Fingerprint) -> dict:
    return json.loads(json.dumps(fingerprint.describe()))


def arrays(tmp_path, x=X, y=Y, name="d.npz", save=np.savez) -> Dataset:
    save(tmp_path / name, x=x, y=y)
    return Arrays(path=tmp_path / name).open(context(tmp_path))


def changed(values, index, by=1):
    copy = values.copy()
    copy[index] += by
    return copy


@pytest.mark.parametrize(
    ("x", "y", "found"),
    [
        (X, Y, []),
        (changed(X, (57, 1), np.float32(1e-4)), Y, ["the values of input 'x'"]),
        (np.concatenate([X[1:], X[:1]]), Y, ["the values of input 'x'"]),
        (X, np.where(np.arange(COUNT) == 100, (Y + 1) % 3, Y), ["the labels of target 'y'"]),
        (
            X[:-1],
            Y[:-1],
            [
                "the labels of target 'y'",
                "the samples of the train",
                "the samples of the test",
                "the values of input 'x'",
            ],
        ),
    ],
)
def test_what_is_held_in_memory_is_compared_whole(tmp_path, x, y, found):
    before = stored(of(arrays(tmp_path)))
    lines = of(arrays(tmp_path, x, y)).differences(before, pytest.fail)
    assert len(lines) == len(found)
    assert all(line.startswith(start) for line, start in zip(lines, found, strict=True))


def test_neither_the_way_of_storing_nor_the_place_has_a_say(tmp_path):
    before = stored(of(arrays(tmp_path)))
    packed = arrays(tmp_path, name="other.npz", save=np.savez_compressed)
    os.utime(tmp_path / "d.npz", (1, 1))
    assert of(packed).differences(before, pytest.fail) == []
    # What was hashed whole once is compared whole, however small `data.memory` has become.
    assert of(arrays(tmp_path), memory=0).differences(before, pytest.fail) == []
    (line,) = of(arrays(tmp_path, changed(X, (57, 1), 1)), memory=0).differences(before, pytest.fail)
    expect_message(line)


def test_the_pieces_in_which_samples_are_read_have_no_say(tmp_path, monkeypatch):
    dataset = arrays(tmp_path)
    whole, streamed = of(dataset).inputs, of(dataset, memory=0).inputs
    monkeypatch.setattr("kpipe.data.cache.sample_store.CHUNK_SAMPLES", 7)
    monkeypatch.setattr("kpipe.data.fingerprint._CHUNK_LABELS", 11)
    assert of(dataset).inputs == whole == streamed == of(dataset, memory=0).inputs
    assert of(dataset).labels == of(arrays(tmp_path)).labels


def test_of_larger_inputs_the_times_of_files_decide_whether_64_samples_are_compared(tmp_path):
    dataset, said = arrays(tmp_path), []
    before = stored(of(dataset, memory=0))
    assert before["inputs"] is None
    assert before["files"]["contents"] is None
    assert of(dataset, memory=0).differences(before, pytest.fail) == []
    os.utime(tmp_path / "d.npz", (1, 1))
    assert of(dataset, memory=0).differences(before, said.append) == []
    expect_messages(said, 1)
    (line,) = of(arrays(tmp_path, changed(X, 0)), memory=0).differences(before, pytest.fail)
    expect_message(line)


def images(folder: Path, tmp_path, memory: float = 1.0) -> Fingerprint:
    return of(ImageFolder(train=folder).open(context(tmp_path)), memory, Resize(height=4, width=4))


def test_files_are_known_by_relative_path_size_and_time_and_else_by_their_contents(tmp_path):
    from PIL import Image

    folder = tmp_path / "photos"
    for number in range(12):
        path = folder / "ab"[number % 2] / f"{number}.bmp"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (number, 2 * number, 3)).save(path)
    few, more = 2_000 / 2**30, 11_000 / 2**30  # GiB: less than all samples, more than all files
    before = stored(images(folder, tmp_path, few))
    assert before["inputs"] is None
    assert (before["files"]["count"], before["files"]["contents"]) == (12, None)
    # Copied elsewhere: other times, the same relative paths.
    shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copy)
    said = []
    assert images(tmp_path / "copy", tmp_path, few).differences(before, said.append) == []
    assert len(said) == 1
    held = stored(images(folder, tmp_path, more))
    assert held["inputs"] is not None
    assert images(tmp_path / "copy", tmp_path, more).differences(held, pytest.fail) == []
    # One pixel that no resized one is made of.
    photo = folder / "a" / "0.bmp"
    photo.write_bytes(photo.read_bytes()[:-1] + b"\x80")
    (line,) = images(folder, tmp_path, more).differences(held, pytest.fail)
    expect_message(line)
    photo.rename(folder / "a" / "00.bmp")
    (line,) = images(folder, tmp_path, few).differences(before, pytest.fail)
    expect_message(line)


class Large(Dataset):
    """Samples of more than `data.memory` in one file of less."""

    def __init__(self, path: Path) -> None:
        self.path = path
        target = Target("y", "classification", ("a", "b"), ())
        parts = {"train": np.arange(COUNT)}
        super().__init__({"x": Input("x", "array", (300,), "float32")}, {"y": target}, {"y": Y % 2}, parts)

    def read(self, indices):
        seeds = np.frombuffer(self.path.read_bytes(), np.uint8)[indices]
        return {"x": np.repeat(seeds[:, None], 300, axis=1).astype(np.float32)}

    def files(self):
        return [("seeds", self.path)]


def test_what_is_held_in_memory_is_not_read_again(tmp_path, monkeypatch):
    path = tmp_path / "seeds"
    path.write_bytes(bytes(range(COUNT)))
    fingerprint = of(Large(path))
    monkeypatch.setattr(Large, "read", lambda self, indices: pytest.fail("read again"))
    described = fingerprint.describe()
    assert (described["samples"], described["files"]) == (None, None)
    assert fingerprint.differences(described, pytest.fail) == []
    assert len(fingerprint.of_format_1()) == 64


def test_contents_of_files_are_hashed_where_they_are_smaller_than_the_memory(tmp_path):
    path, memory = tmp_path / "seeds", 1_000 / 2**30
    path.write_bytes(bytes(range(COUNT)))
    before = stored(of(Large(path), memory))
    assert before["files"]["contents"] is not None
    os.utime(path, (1, 1))
    assert of(Large(path), memory).differences(before, pytest.fail) == []
    content = bytearray(path.read_bytes())
    content[1] += 1  # sample 1 is none of the 64
    path.write_bytes(bytes(content))
    os.utime(path, (1, 1))
    (line,) = of(Large(path), memory).differences(before, pytest.fail)
    expect_message(line)
    path.write_bytes(bytes(content) + b"\0")
    (line,) = of(Large(path), memory).differences(before, pytest.fail)
    expect_message(line)


def test_inputs_that_come_from_no_files(tmp_path, monkeypatch):
    path, said = tmp_path / "seeds", []
    path.write_bytes(bytes(range(COUNT)))
    monkeypatch.setattr(Large, "files", Dataset.files)
    before = stored(of(Large(path), 0))
    assert before["files"] is None
    assert of(Large(path), 0).differences(before, said.append) == []
    expect_messages(said, 1)


def test_a_table_may_be_quoted_in_another_way_and_have_a_column_that_is_not_used(tmp_path):
    rows = [(f"{X[n, 0]:.3f}", ("red", "blue")[n % 2], f"{n}") for n in range(COUNT)]

    def table(text: str) -> Fingerprint:
        (tmp_path / "t.csv").write_text(text)
        return of(Table(tmp_path / "t.csv", target="b", columns=["a"]).open(context(tmp_path)))

    before = stored(table("a,b,c\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows)))
    other = table("b,d,a\n" + "".join(f'"{b}",1,"{a}"\n' for a, b, c in rows))
    assert other.differences(before, pytest.fail) == []
    wrong = table("a,b,c\n" + "".join(f"{a if c != '77' else 9},{b},{c}\n" for a, b, c in rows))
    expect_messages(wrong.differences(before, pytest.fail), 1)


def test_the_digest_of_version_0_1(tmp_path):
    """Written out as that version computed it."""
    import hashlib

    fingerprint = of(arrays(tmp_path))
    chosen = np.unique(np.linspace(0, COUNT - 1, 64, dtype=np.int64))
    labels = Y.astype(np.int64)
    content = f"y {labels.shape} int64".encode() + labels.tobytes()
    content += f"x {(64, 3)} float32".encode() + X[chosen].tobytes()
    assert fingerprint.of_format_1() == hashlib.sha256(content).hexdigest()
