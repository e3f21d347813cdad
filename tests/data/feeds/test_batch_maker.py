"""Tests of batches that are made in this process and in others."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.cache.sample_store import SampleStore
from kpipe.data.feeds.batch_maker import BatchMaker
from kpipe.data.feeds.made_input import MadeInput
from kpipe.data.feeds.sample_maker import SampleMaker
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.data.reader import Reader
from kpipe.data.sources.image_folder import ImageFolder
from kpipe.data.sources.source import OpenContext
from kpipe.errors import DataError

TRANSFORMS = [{"RandomCrop": {"height": 6, "width": 6}}, {"ColorJitter": {"p": 1.0}}, {"Affine": {"p": 1.0}}]


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
    made = BatchMaker(maker, 3, workers)
    try:
        with ThreadPoolExecutor(4) as threads:
            return [values["image"] for values in threads.map(made, requests)]
    finally:
        made.close()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_batches_are_the_same_for_any_number_of_workers(maker, workers):
    np.testing.assert_array_equal(batches(maker, workers), batches(maker, 0))


@pytest.mark.slow
def test_a_deleted_file_is_an_error_with_its_name(maker, tmp_path):
    made = BatchMaker(maker, 3, 1)
    try:
        made(SampleRequest(np.array([0]), np.array([0])))
        (tmp_path / "images" / "a" / "1.png").unlink()
        with pytest.raises(DataError, match=r"1\.png"):
            made(SampleRequest(np.array([1]), np.array([0])))
        assert made(SampleRequest(np.array([0]), np.array([0])))["image"].shape == (1, 6, 6, 3)
    finally:
        made.close()


@pytest.mark.slow
def test_close_ends_the_processes_and_can_be_repeated(maker):
    made = BatchMaker(maker, 3, 1)
    first = made(SampleRequest(np.array([0]), np.array([0])))["image"]
    made.close()
    made.close()
    np.testing.assert_array_equal(made(SampleRequest(np.array([0]), np.array([0])))["image"], first)
    made.close()
