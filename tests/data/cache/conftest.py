"""Image folders whose decoded samples are cached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kpipe.data.dataset import Dataset
from kpipe.data.sources.image_folder import ImageFolder
from kpipe.data.sources.source import OpenContext


@pytest.fixture
def photos(tmp_path: Path, image_bytes: Callable[..., bytes]) -> Path:
    """A folder of 10 images of 4x5 pixels, of 2 classes."""
    rng = np.random.default_rng(0)
    for index in range(10):
        path = tmp_path / "photos" / "ab"[index % 2] / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image_bytes(rng.integers(0, 256, (4, 5, 3))))
    return tmp_path / "photos"


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[Path], Dataset]:
    """`opened(folder)`: a folder of images as a dataset."""

    def open_folder(folder: Path) -> Dataset:
        return ImageFolder(folder).open(OpenContext(lambda line: None, 0.01, tmp_path / "checks"))

    return open_folder
