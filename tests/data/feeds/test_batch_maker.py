"""Tests of batches that are made in this process and in others."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from golden import raises

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.cache.sample_store import SampleStore
from kpipe.data.encoding.table_coding import TableCoding
from kpipe.data.evaluation import Evaluation
from kpipe.data.feeds.batch_maker import BatchMaker
from kpipe.data.feeds.made_input import MadeInput
from kpipe.data.feeds.sample_maker import SampleMaker
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.data.reader import Reader
from kpipe.data.sources.image_folder import ImageFolder
from kpipe.data.sources.source import OpenContext
from kpipe.data.sources.table import Table
from kpipe.errors import DataError

TRANSFORMS = [{"RandomCrop": {"height": 6, "width": 6}}, {"ColorJitter": {"p": 1.0}}, {"Affine": {"p": 1.0}}]
#: Fails for the first image already.
WIDE = {
    "image": MadeInput(
        0, (9, 9, 3), "uint8", "uint8", Augmentation(["HorizontalFlip", {"RandomCrop": {"height": 9, "width": 9}}])
    )
}


@pytest.fixture
def maker(tmp_path):
    import cv2

    rng = np.random.default_rng(0)
    for label in ("a", "b"):
        (tmp_path / "images" / label).mkdir(parents=True)
        for number in range(5):
            image = rng.integers(0, 256, (8, 8, 3), np.uint8)
            cv2.imwrite(str(tmp_path / "images" / label / f"{number}.png"), image)
    data = ImageFolder(train=str(tmp_path / "images")).opened(OpenContext(print, 0.0, tmp_path))
    # Nothing is kept, so that processes decode the files.
    store = SampleStore(Reader(data, {}, {}), data.parts, memory=0, cache="none")
    made = {"image": MadeInput(0, (6, 6, 3), "uint8", "uint8", Augmentation(TRANSFORMS))}
    return SampleMaker(store, made, seed=3)


def batches(maker, workers):
    requests = [SampleRequest(np.array([0, 9, 4]), np.array([i, 3, 7]), epoch=i % 2) for i in range(6)]
    made = BatchMaker(maker, 3, workers, str)
    try:
        with ThreadPoolExecutor(4) as threads:
            return [values["x image"] for values in threads.map(made, requests)]
    finally:
        made.close()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_batches_are_the_same_for_any_number_of_workers(maker, workers):
    np.testing.assert_array_equal(batches(maker, workers), batches(maker, 0))


@pytest.mark.slow
def test_a_deleted_file_is_an_error_with_its_name(maker, tmp_path):
    made = BatchMaker(maker, 3, 1, str)
    try:
        made(SampleRequest(np.array([0]), np.array([0])))
        (tmp_path / "images" / "a" / "1.png").unlink()
        with pytest.raises(DataError, match=r"1\.png"):
            made(SampleRequest(np.array([1]), np.array([0])))
        assert made(SampleRequest(np.array([0]), np.array([0])))["x image"].shape == (1, 6, 6, 3)
    finally:
        made.close()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1])
def test_an_image_that_cannot_be_augmented_is_named(maker, workers):
    made = BatchMaker(SampleMaker(maker._store, WIDE, seed=3), 3, workers, "photos/{}.png".format)
    try:
        with raises(DataError) as caught:
            made(SampleRequest(np.array([4, 2, 5]), np.array([0, 1, 2])))
    finally:
        made.close()
    assert caught.value.problem.mark.file == "augment"
    assert any("raised in data worker" in note for note in getattr(caught.value, "__notes__", ())) == bool(workers)


@pytest.mark.slow
def test_the_end_of_a_process_is_an_error_without_a_request(maker):
    made = BatchMaker(maker, 3, 1, str)
    made.check()
    try:
        made(SampleRequest(np.array([0]), np.array([0])))
        made.check()
        os.kill(made._pool._workers[0]._child.pid, signal.SIGKILL)
        made._pool._threads[0].join()
        with pytest.raises(DataError, match="was killed by signal 9"):
            made.check()
    finally:
        made.close()
    made.check()


@pytest.mark.slow
def test_close_ends_the_processes_until_others_are_needed(maker):
    made = BatchMaker(maker, 3, 1, str)
    first = made(SampleRequest(np.array([0]), np.array([0])))["x image"]
    made.close()
    made.close()
    with pytest.raises(StopIteration):
        made(SampleRequest(np.array([0]), np.array([0])))
    assert made._pool is None
    made.open()
    np.testing.assert_array_equal(made(SampleRequest(np.array([0]), np.array([0])))["x image"], first)
    made.close()


@pytest.mark.slow
def test_a_process_augments_files_of_any_kind_as_pillow_decodes_them(tmp_path):
    from PIL import Image, ImageOps

    rng = np.random.default_rng(1)
    rotated = Image.fromarray(rng.integers(0, 256, (9, 14, 3), np.uint8))
    rotated.getexif()[0x0112] = 6
    files = {
        "cmyk.jpg": Image.fromarray(rng.integers(0, 256, (8, 10, 4), np.uint8), "CMYK"),
        "exif.jpg": rotated,
        "grey.png": Image.fromarray(rng.integers(0, 256, (8, 8), np.uint8)),
        "palette.png": Image.fromarray(rng.integers(0, 256, (12, 8, 3), np.uint8)).quantize(16),
        "pixel.png": Image.fromarray(rng.integers(0, 256, (1, 1, 3), np.uint8)),
    }
    for label in ("a", "b"):
        (tmp_path / "images" / label).mkdir(parents=True)
        for name, image in files.items():
            image.save(tmp_path / "images" / label / name, exif=image.getexif())
    data = ImageFolder(train=str(tmp_path / "images")).opened(OpenContext(print, 0.0, tmp_path))
    augmentation = Augmentation([{"HorizontalFlip": {"p": 0.5}}, {"Resize": {"height": 8, "width": 8}}, "RandomFog"])
    center = Evaluation([{"Resize": {"height": 8, "width": 8}}])
    store = SampleStore(Reader(data, {}, {}, evaluations={"image": center}), data.parts, memory=0, cache="none")
    maker = SampleMaker(store, {"image": MadeInput(0, (8, 8, 3), "uint8", "uint8", augmentation, center)}, seed=3)
    made = BatchMaker(maker, len(files), 1, str)
    try:
        found = made(SampleRequest(np.arange(len(files)), np.arange(len(files))))["x image"]
    finally:
        made.close()
    for place, name in enumerate(files):
        with Image.open(tmp_path / "images" / "a" / name) as image:
            pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
        np.testing.assert_array_equal(found[place], augmentation(pixels, 3, 0, place))


@pytest.mark.slow
def test_a_process_augments_images_of_16_bits_with_all_bits(tmp_path, deep_png):
    import albumentations

    images = np.random.default_rng(2).integers(0, 65536, (4, 8, 8, 3), np.uint16)
    for number, image in enumerate(images):
        (tmp_path / "images" / "ab"[number // 2]).mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / "ab"[number // 2] / f"{number}.png").write_bytes(deep_png(image))
    data = ImageFolder(train=str(tmp_path / "images")).opened(OpenContext(print, 0.0, tmp_path))
    shift = {"hue_shift_limit": (9, 9), "sat_shift_limit": (20, 20), "val_shift_limit": (5, 5), "p": 1.0}
    augmentation = Augmentation(["Transpose", {"HueSaturationValue": shift}])
    store = SampleStore(Reader(data, {}, {}), data.parts, memory=0, cache="none")
    maker = SampleMaker(store, {"image": MadeInput(0, (8, 8, 3), "float32", "uint16", augmentation)}, seed=3)
    made = BatchMaker(maker, 4, 1, str)
    try:
        found = made(SampleRequest(np.arange(4), np.arange(4)))["x image"]
    finally:
        made.close()
    by_hand = albumentations.HueSaturationValue(**shift)
    for pixels, image in zip(found, images, strict=True):
        shifted = by_hand(image=image.astype(np.float32) / 65535)["image"] * 65535
        assert any(np.allclose(pixels, each, atol=0.01) for each in (shifted, shifted.swapaxes(0, 1)))


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["memory", "none"])
def test_a_process_reads_the_images_and_columns_of_a_table(tmp_path, cache):
    from PIL import Image

    rng = np.random.default_rng(2)
    rows = []
    for number in range(6):
        Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8)).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,{number}.5,{'ab'[number % 2]},{number % 2}\n")
    (tmp_path / "table.csv").write_text("photo,area,town,y\n" + "".join(rows))
    data = Table(str(tmp_path / "table.csv"), "y", images={"image": "photo"}).open(OpenContext(print, 0.0, tmp_path))
    coding = TableCoding(data.inputs["table"])
    coding.find([data.rows("table", np.arange(6))])
    store = SampleStore(Reader(data, {}, {"table": coding}, frozenset({"table"})), data.parts, memory=1, cache=cache)
    store.load()
    inputs = {
        "image": MadeInput(0, (8, 8, 3), "uint8", "uint8", Augmentation(["HorizontalFlip"])),
        "table": MadeInput(1, (2,), "float32", "float64"),
    }
    maker, request = SampleMaker(store, inputs, seed=3), SampleRequest(np.array([5, 0, 2]), np.array([2, 0, 1]))
    made = BatchMaker(maker, 3, 1, str)
    try:
        found = made(request)
        for name, values in maker(request).items():
            np.testing.assert_array_equal(found[name], values)
        np.testing.assert_array_equal(found["x table"], [[5.5, 2], [0.5, 1], [2.5, 1]])
        if cache == "none":
            (tmp_path / "2.png").unlink()
            with pytest.raises(DataError, match=r"2\.png: cannot be opened"):
                made(request)
    finally:
        made.close()
