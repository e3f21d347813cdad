import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kpipe.data import reader as reader_module
from kpipe.data.cores import cores
from kpipe.data.dataset import Dataset, Input
from kpipe.data.features import Features
from kpipe.data.prepare.resize import Resize
from kpipe.data.reader import Reader

SIZES = [4, 9, 16, 3, 12, 5, 20, 7]


class Photos(Dataset):
    """Square images of differing sizes; remembers what was read together, and how much of it at the same time."""

    def __init__(self, sized: bool = True) -> None:
        rng = np.random.default_rng(0)
        self.images = [rng.integers(0, 256, (size, size, 3), np.uint8) for size in SIZES]
        self.sized = sized
        self.calls: list[list[int]] = []
        self.now = self.most = 0
        self.lock = threading.Lock()
        entry = Input("image", "image", (None, None, 3), "uint8")
        super().__init__({"image": entry}, {}, {}, {"train": np.arange(len(SIZES))})

    def raw_bytes(self, indices):
        if not self.sized:
            return super().raw_bytes(indices)
        return np.array([self.images[index].nbytes for index in indices], np.int64)

    def read(self, indices):
        with self.lock:
            self.calls.append([int(index) for index in indices])
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self.lock:
            self.now -= 1
        return {"image": [self.images[index] for index in indices]}


def made(photos: Photos) -> Reader:
    resize = Resize(4, 4)
    resize.bind(Features("image", "image", (None, None, 3)))
    return Reader(photos, {"image": resize}, {})


@pytest.mark.parametrize("sized", [True, False])
def test_what_is_large_before_resize_is_read_in_pieces(monkeypatch, sized):
    order = np.array([6, 0, 1, 2, 3, 4, 5, 7])
    whole = made(Photos()).read(order)["image"]
    monkeypatch.setattr(reader_module, "RAW_BYTES", 16 * 16 * 3)
    photos = Photos(sized)
    assert np.array_equal(made(photos).read(order)["image"], whole)
    assert whole.shape == (8, 4, 4, 3)
    one_by_one = [[index] for index in order.tolist()]
    assert photos.calls == ([[6], [0, 1], [2], [3, 4, 5, 7]] if sized else one_by_one)
    if sized:
        raw = [sum(photos.images[index].nbytes for index in call) for call in photos.calls if len(call) > 1]
        assert max(raw) <= 16 * 16 * 3


def test_small_samples_are_read_at_once():
    photos = Photos()
    made(photos).read(np.arange(8))
    assert photos.calls == [list(range(8))]


def test_as_many_pieces_at_a_time_as_there_are_cores(monkeypatch):
    """However many threads ask: those of TensorFlow's batches, of a validation, and of reading into memory."""
    monkeypatch.setattr(reader_module, "RAW_BYTES", 1)
    photos = Photos()
    reader = made(photos)
    with ThreadPoolExecutor(4 * cores()) as pool:
        list(pool.map(lambda _: reader.read(np.arange(8)), range(4 * cores())))
    assert photos.most <= cores()
    assert len(photos.calls) == 8 * 4 * cores()
