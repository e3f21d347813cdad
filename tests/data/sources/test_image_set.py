import threading
from pathlib import Path

import numpy as np
import pytest
from golden import raises

from kpipe.data.image_file import ImageInfo
from kpipe.data.sources.image_set import ImageSet
from kpipe.errors import DataError


@pytest.fixture
def files(tmp_path, image_bytes):
    paths = [tmp_path / f"{index}.png" for index in range(4)]
    for index, path in enumerate(paths):
        path.write_bytes(image_bytes(np.full((4, 5, 3), 10 * index)))
    return paths


def test_equal_sizes_are_one_array(files):
    images = ImageSet(files, [ImageInfo(4, 5, 3)] * 4, "auto")
    read = images.read(np.array([3, 0]))
    assert (read.shape, read.dtype) == ((2, 4, 5, 3), np.uint8)
    assert read[:, 0, 0, 0].tolist() == [30, 0]
    assert images.read(np.array([], np.int64)).shape == (0, 4, 5, 3)
    entry = images.as_input("image")
    assert (entry.shape, entry.dtype, entry.kind) == ((4, 5, 3), "uint8", "image")


def test_mixed_sizes_are_a_list(files, image_bytes):
    files[1].write_bytes(image_bytes(np.zeros((9, 2))))
    sizes = [ImageInfo(4, 5, 3), ImageInfo(9, 2, 1), ImageInfo(4, 5, 3), ImageInfo(4, 5, 3)]
    images = ImageSet(files, sizes, "auto")
    assert images.shape == (None, None, 3)
    assert [image.shape for image in images.read(np.array([0, 1]))] == [(4, 5, 3), (9, 2, 3)]


def test_color():
    grey, colored = ImageInfo(4, 5, 1), ImageInfo(4, 5, 3)
    shapes = {
        (color, sizes): ImageSet([], list(sizes), color).channels
        for color in ("auto", "rgb", "grey")
        for sizes in ((grey, grey), (grey, colored))
    }
    assert shapes["auto", (grey, grey)] == 1
    assert shapes["auto", (grey, colored)] == 3
    assert shapes["rgb", (grey, grey)] == 3
    assert shapes["grey", (grey, colored)] == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda path, encode: path.unlink(),
        lambda path, encode: path.write_bytes(path.read_bytes()[:50]),
        lambda path, encode: path.write_bytes(encode(np.zeros((5, 5)))),
    ],
    ids=["gone", "truncated", "resized"],
)
def test_a_file_that_fails_later_is_named(files, image_bytes, change):
    images = ImageSet(files, [ImageInfo(4, 5, 3)] * 4, "auto")
    change(files[2], image_bytes)
    with raises(DataError):
        images.read(np.array([1, 2]))


def test_threads_read_at_once(files):
    images = ImageSet(files, [ImageInfo(4, 5, 3)] * 4, "auto")
    wrong = []

    def work(index):
        for _ in range(50):
            if images.read(np.array([index]))[0, 0, 0, 0] != 10 * index:
                wrong.append(index)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_images_of_sixteen_bits(tmp_path, deep_png):
    values = np.random.default_rng(0).integers(0, 65_536, (2, 4, 5, 3)).astype(np.uint16)
    files = [tmp_path / f"{index}.png" for index in range(2)]
    for file, image in zip(files, values, strict=True):
        file.write_bytes(deep_png(image))
    images = ImageSet(files, [ImageInfo(4, 5, 3, depth=16)] * 2, "auto")
    assert images.as_input("image").dtype == "uint16"
    assert np.array_equal(images.read(np.array([1, 0])), values[::-1])
    assert images.raw_bytes(np.array([1, 0])).tolist() == [120, 120]


def test_a_mixture_of_depths_is_refused_by_one_file_of_each():
    sizes = [ImageInfo(4, 5, 1), ImageInfo(4, 5, 3, depth=16), ImageInfo(4, 5, 1)]
    with raises(DataError):
        ImageSet([Path("a.png"), Path("b.png"), Path("c.png")], sizes, "auto")


def test_a_depth_that_changed_while_in_use_is_noticed(tmp_path, image_bytes):
    (tmp_path / "a.png").write_bytes(image_bytes(np.zeros((4, 5))))
    with raises(DataError):
        ImageSet([tmp_path / "a.png"], [ImageInfo(4, 5, 1, depth=16)], "auto").read(np.array([0]))
