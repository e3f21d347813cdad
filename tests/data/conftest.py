"""What the tests of the data room share: a context that listens, and image files in memory."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kpipe.data.sources.source import OpenContext


@dataclass
class Listener:
    """A context factory; `said` holds every line."""

    folder: Path
    said: list[str] = field(default_factory=list)

    def context(self, max_bad: float = 0.01) -> OpenContext:
        return OpenContext(self.said.append, max_bad, self.folder)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


@pytest.fixture
def listener(tmp_path: Path) -> Listener:
    return Listener(tmp_path / "cache")


@pytest.fixture
def context(listener: Listener) -> OpenContext:
    return listener.context()


@pytest.fixture(scope="session")
def image_bytes() -> Callable[..., bytes]:
    """`image_bytes(pixels, "PNG", mode=...)`: an encoded image of an array."""

    def encode(pixels: Any, kind: str = "PNG", mode: str | None = None, **options: Any) -> bytes:
        from PIL import Image

        image = Image.fromarray(np.asarray(pixels, np.uint8))
        if mode is not None:
            image = image.convert(mode)
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    return encode
