import io

import pytest

from kpipe.data.images.image_format import foreign_format


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "TIFF", "ICO", "JPEG2000"])
def test_files_that_pillow_writes(kind):
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (16, 16)).save(file, kind)
    assert foreign_format(file.getvalue()[:32]).replace(" ", "") == kind


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\0\0\0 ftypavif\0\0\0\0", "AVIF"),
        (b"\0\0\0 ftypheic\0\0\0\0", "HEIC"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS pointer"),
        (b"<html><body>404", "HTML"),
        (b"\0\0\0 ftypisom", None),
        (b"RIFF\x24\0\0\0WAVEfmt ", None),
        (b"hello", None),
        (b"", None),
    ],
)
def test_by_the_first_bytes(start, name):
    assert foreign_format(start) == name
