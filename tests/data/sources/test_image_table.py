from pathlib import Path

import numpy as np
import pytest
from golden import raises
from PIL import Image

from kpipe.data.sources.image_table import ImageTable
from kpipe.data.sources.source import OpenContext
from kpipe.errors import ArgumentError

ROLES = {"inputs": {"image": "photo"}, "masks": {"mask": "trimap"}}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    for index in range(3):
        Image.fromarray(np.full((4, 5, 3), 10 * index + 1, np.uint8)).save(f"data/photo {index}.png")
        Image.fromarray(np.arange(20, dtype=np.uint8).reshape(4, 5) % (2 + index)).save(f"data/m{index}.png")
    write("data/a.csv", "photo,trimap\nphoto 2.png,m0.png\nphoto 0.png,m1.png\nphoto 2.png,m2.png\n")
    return tmp_path


def write(path, text):
    Path(path).write_text(text)


def opened(max_bad=0.0, **arguments):
    return ImageTable(**arguments).open(OpenContext(lambda line: None, max_bad, Path("cache")))


def test_the_files_of_a_row_are_a_sample():
    write("test.csv", "trimap,photo\ndata/m0.png,data/photo 1.png\n")
    dataset = opened(path=Path("data/a.csv"), test=Path("test.csv"), **ROLES)
    assert {part: len(indices) for part, indices in dataset.parts.items()} == {"train": 3, "test": 1}
    assert dataset.read(np.arange(4))["image"][:, 0, 0, 0].tolist() == [21, 1, 21, 11]
    expected = np.arange(20).reshape(4, 5)
    np.testing.assert_array_equal(dataset.labels["mask"], [expected % k for k in (2, 3, 4, 2)])


def test_another_separator():
    write("data/c.csv", "photo;trimap\nphoto 0.png;m0.png\n")
    assert len(opened(path=Path("data/c.csv"), separator=";", **ROLES).parts["train"]) == 1


def test_a_row_with_a_missing_file_is_skipped():
    write("data/b.csv", "photo,trimap\nphoto 2.png,m0.png\nphoto 0.png,lost.png\n")
    dataset = opened(max_bad=0.5, path=Path("data/b.csv"), **ROLES)
    assert (len(dataset.parts["train"]), len(dataset.bad)) == (1, 1)


@pytest.mark.parametrize(
    "arguments",
    [
        {"path": "missing.csv"},
        {"path": "data"},
        {"path": "data/a.csv", "masks": {"mask": "mask"}},
        {"path": "data/empty.csv"},
        {"path": "data/other.csv"},
        {"path": "data/a.csv", "masks": {}},
    ],
)
def test_tables_that_do_not_fit_are_refused(arguments):
    write("data/empty.csv", "photo,trimap\nphoto 0.png,\n")
    write("data/other.csv", "photo;trimap\nphoto 0.png;m0.png\n")
    with raises(ArgumentError):
        opened(**{**ROLES, **arguments, "path": Path(arguments["path"])})
