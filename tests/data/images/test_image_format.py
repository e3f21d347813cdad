import io
import os

import pytest

from kpipe.data.images.image_format import begins_like_image, foreign_format


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


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("JPEG", True), ("PNG", True), ("WEBP", True), ("GIF", True), ("BMP", False), ("TIFF", False)],
)
def test_files_whose_first_bytes_are_distinct(tmp_path, kind, expected):
    from PIL import Image

    Image.new("RGB", (2, 2)).save(tmp_path / "a", kind)
    assert begins_like_image(str(tmp_path / "a")) == expected
    assert not begins_like_image(str(tmp_path / "missing"))
    assert not begins_like_image(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    assert not begins_like_image(str(tmp_path / "pipe"))
