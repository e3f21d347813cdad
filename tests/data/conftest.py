"""What the tests of the data package share: a context that listens, and image files in memory."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kpipe.data.sources.source import OpenContext


@dataclass
class Listener:
    """A context factory; `said` contains every line."""

    folder: Path
    said: list[str] = field(default_factory=list)

    def context(self, max_bad: float = 0.01) -> OpenContext:
        return OpenContext(self.said.append, max_bad, self.folder)

    @property
    def text(self) -> str:
        return "\n".join(self.said)


@pytest.fixture(scope="session", autouse=True)
def caches_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep caches of decoded samples out of the user's folder."""
    folder = tmp_path_factory.mktemp("caches")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kpipe.data.cache.sample_store.cache_folder", lambda: folder)
        yield


@pytest.fixture
def listener(tmp_path: Path) -> Listener:
    return Listener(tmp_path / "cache")


@pytest.fixture
def context(listener: Listener) -> OpenContext:
    return listener.context()


@pytest.fixture(scope="session")
def deep_png() -> Callable[..., bytes]:
    """`deep_png(values)`: a PNG file of 16 bits of uint16 (height, width, 1 to 4 channels), written by hand."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    def encode(values: Any, transparent: bytes = b"", exif: bytes = b"") -> bytes:
        height, width, channels = values.shape
        header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
        extra = b"".join(chunk(kind, more) for kind, more in ((b"tRNS", transparent), (b"eXIf", exif)) if more)
        pixels = chunk(b"IDAT", zlib.compress(rows))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + pixels + chunk(b"IEND", b"")

    return encode


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
