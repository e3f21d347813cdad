"""The work of `workers.py`: batches of augmented images, in a module that worker processes can import."""

from __future__ import annotations

import random
from multiprocessing.connection import Connection
from typing import Any

import cv2
import numpy as np


def small_images(count: int) -> np.ndarray:
    """Noise in the size of CIFAR-10."""
    return np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), np.uint8)


def jpegs(count: int) -> list[bytes]:
    """Encoded images of 320x256, as smooth as photographs are."""
    rng = np.random.default_rng(0)
    coarse = (rng.integers(0, 256, (20, 16, 3), np.uint8) for _ in range(count))
    return [cv2.imencode(".jpg", cv2.resize(image, (256, 320), interpolation=cv2.INTER_CUBIC))[1].tobytes() for image in coarse]  # fmt: skip


def transforms(size: int, photos: bool) -> list[Any]:
    """Crop, flip, jitter, affine, dropout."""
    import albumentations as A  # noqa: N812

    crop = [A.RandomResizedCrop((size, size))] if photos else [A.Pad(4), A.RandomCrop(size, size)]
    return [
        *crop,
        A.HorizontalFlip(),
        A.ColorJitter(p=1),
        A.Affine(translate_percent=0.1, rotate=(-15, 15), p=1),
        A.CoarseDropout((1, 2), (0.1, 0.25), (0.1, 0.25), p=1),
    ]


class Augmented:
    """Makes batches of arrays, or of JPEG files in memory; each sample has draws of its own."""

    def __init__(self, samples: Any, size: int) -> None:
        self.samples = samples
        self.size = size
        self._compose: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_compose": None}

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> np.ndarray:
        if self._compose is None:
            import albumentations as A  # noqa: N812

            cv2.setNumThreads(0)
            self._philox = np.random.Philox(0)
            self._random = random.Random(0)
            self._compose = A.Compose(transforms(self.size, isinstance(self.samples, list)))
            self._compose.set_random_state(np.random.Generator(self._philox), self._random)
        state = self._philox.state
        state["state"]["counter"][:] = (index, 0, 0, 0)
        state["buffer_pos"] = 4
        self._philox.state = state
        self._random.seed(int(index))
        image = self.samples[index]
        if isinstance(image, bytes):
            image = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR_RGB)
        augmented: np.ndarray = self._compose(image=image)["image"]
        return augmented

    def __call__(self, indices: np.ndarray) -> dict[str, np.ndarray]:
        return {"x": np.stack([self[index] for index in indices])}


def work(connection: Connection, augmented: Augmented) -> None:
    """Make the batches that are requested, and hand nothing over."""
    while True:
        for indices in connection.recv():
            augmented(indices)
        connection.send(None)
