import contextlib
import dataclasses
import threading
from pathlib import Path

import numpy as np
import pytest
from golden import raises

from kpipe.data.images.fast_image import FileStamp
from kpipe.data.images.image_file import ImageInfo
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


def stamped(path, channels=3):
    status = path.stat()
    return ImageInfo(4, 5, channels, is_fast=True, stamp=FileStamp(status.st_size, status.st_mtime_ns))


@pytest.mark.parametrize("color", ["auto", "rgb", "grey"])
def test_unchanged_files_are_decoded_by_opencv_to_the_pixels_of_pillow(tmp_path, image_bytes, color, monkeypatch):
    values = np.random.default_rng(1).integers(0, 256, (4, 5, 3), np.uint8)
    paths = [tmp_path / "color.jpg", tmp_path / "grey.jpg"]
    paths[0].write_bytes(image_bytes(values, "JPEG"))
    paths[1].write_bytes(image_bytes(values[:, :, 0], "JPEG"))
    infos = [stamped(paths[0]), stamped(paths[1], 1)]
    fast = ImageSet(paths, infos, color)
    slow = ImageSet(paths, [ImageInfo(4, 5, info.channels) for info in infos], color)
    assert np.array_equal(fast.read(np.arange(2)), slow.read(np.arange(2)))
    decoded = []
    monkeypatch.setattr("kpipe.data.sources.image_set.decode", lambda path, *_, **__: decoded.append(path))
    with contextlib.suppress(AttributeError):
        fast.read(np.array([1]))
        fast.read(np.array([0]))
    assert decoded == ([paths[0]] if color == "grey" else [])


def test_a_file_that_was_truncated_after_its_check_is_not_filled(files):
    images = ImageSet(files, [stamped(path) for path in files], "auto")
    assert images.read(np.array([1]))[0, 0, 0].tolist() == [10, 10, 10]
    files[1].write_bytes(files[1].read_bytes()[:50])
    with pytest.raises(DataError, match=r"1\.png"):
        images.read(np.array([1]))


@pytest.mark.parametrize("color", ["auto", "grey"])
def test_large_images_are_decoded_into_the_batch(tmp_path, image_bytes, color):
    rng = np.random.default_rng(2)
    paths = [tmp_path / f"{index}.jpg" for index in range(3)]
    for path in paths:
        path.write_bytes(image_bytes(rng.integers(0, 256, (120, 90, 3)), "JPEG"))
    infos = [dataclasses.replace(stamped(path), height=120, width=90) for path in paths]
    slow = [ImageInfo(120, 90, 3)] * 3
    read = ImageSet(paths, infos, color).read(np.array([2, 0, 2]))
    assert np.array_equal(read, ImageSet(paths, slow, color).read(np.array([2, 0, 2])))
