import itertools
import os

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from kpipe.data.images.fast_image import FileStamp, fast_pixels, has_fast_pixels, read_fast_pixels, unchanged_content
from kpipe.data.images.image_file import check, decode


def picture(height, width, channels=3):
    """Smooth colors with some noise, as in a photo."""
    rng = np.random.default_rng([height, width, channels])
    small = rng.integers(0, 256, (height // 4 + 1, width // 4 + 1, channels), np.uint8)
    smooth = cv2.resize(small, (width, height)).reshape(height, width, channels)
    return cv2.add(smooth, rng.integers(0, 9, smooth.shape, np.uint8)).reshape(height, width, channels)


PICTURE = picture(33, 18)


@pytest.mark.parametrize("size", [(1, 1), (1, 17), (8, 8), (17, 33), (64, 48)], ids=str)
def test_ordinary_jpeg_files_have_the_pixels_of_pillow(size, image_bytes):
    for channels, quality, progressive in itertools.product((1, 3), (5, 75, 100), (False, True)):
        pixels = picture(*size, channels)
        for subsampling in (0, 1, 2) if channels == 3 else (0,):
            content = image_bytes(
                pixels.squeeze(2) if channels == 1 else pixels,
                "JPEG",
                quality=quality,
                progressive=progressive,
                subsampling=subsampling,
            )
            assert check(content).is_fast
            assert np.array_equal(fast_pixels(content, channels), decode(content))


@pytest.mark.parametrize("factor", ["411", "420", "422", "440", "444"], ids=lambda factor: f"4:{factor[1]}:{factor[2]}")
def test_samplings_and_restart_markers(factor):
    sampling = getattr(cv2, f"IMWRITE_JPEG_SAMPLING_FACTOR_{factor}")
    options = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling, cv2.IMWRITE_JPEG_RST_INTERVAL, 2]
    content = cv2.imencode(".jpg", PICTURE, options)[1].tobytes()
    assert np.array_equal(fast_pixels(content, 3), decode(content))


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "LA"), *itertools.product(("PNG", "BMP"), ("RGB", "L", "1", "P"))])
def test_ordinary_png_and_bmp_files(kind, mode, image_bytes):
    content = image_bytes(PICTURE, kind, mode=mode)
    assert check(content).is_fast
    assert np.array_equal(fast_pixels(content, check(content).channels), decode(content))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_rotation_of_exif_is_equal_or_left_to_pillow(orientation, kind, image_bytes):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = image_bytes(PICTURE, kind, exif=exif)
    fast = fast_pixels(content, 3)
    assert check(content).is_fast == np.array_equal(fast, decode(content))


def test_other_color_spaces_opacity_and_depths_are_left_to_pillow(image_bytes):
    opacity = np.dstack([PICTURE, picture(33, 18, 1)])
    deep = cv2.imencode(".png", PICTURE.astype(np.uint16) * 257)[1].tobytes()
    transparent = image_bytes(PICTURE, "PNG", transparency=tuple(PICTURE[0, 0].tolist()))
    for content in (image_bytes(PICTURE, "JPEG", mode="CMYK"), image_bytes(opacity), transparent, deep):
        assert not check(content).is_fast


def test_files_about_which_the_decoders_print_are_left_to_pillow(image_bytes, capfd):
    jpeg = image_bytes(PICTURE, "JPEG")
    scan = jpeg.index(b"\xff\xda")
    unusual_time = PngImagePlugin.PngInfo()
    unusual_time.add(b"tIME", b"1234567")
    for content in (
        image_bytes(PICTURE, "PNG", icc_profile=b"no profile" * 20),
        image_bytes(PICTURE, "PNG", pnginfo=unusual_time),
        jpeg[:11] + b"\x05\x09" + jpeg[13:],
        jpeg[:scan] + b"xyz" + jpeg[scan:],
    ):
        assert not check(content).is_fast
    assert capfd.readouterr().err == ""


def test_pixels_that_differ_from_those_of_pillow_are_found(image_bytes):
    content = image_bytes(PICTURE)
    assert has_fast_pixels(content, PICTURE)
    assert not has_fast_pixels(content, PICTURE ^ np.uint8(1))
    assert not has_fast_pixels(content, PICTURE.astype(np.uint16))
    assert fast_pixels(b"\x89PNG damaged", 3) is None


def test_the_contents_of_an_unchanged_file_alone(tmp_path, image_bytes):
    path = tmp_path / "a.png"
    content = image_bytes(PICTURE)
    path.write_bytes(content)
    status = path.stat()
    stamp = FileStamp(status.st_size, status.st_mtime_ns)
    assert unchanged_content(path, stamp) == content
    os.utime(path, ns=(stamp.modified, stamp.modified + 1))
    assert unchanged_content(path, stamp) is None
    path.write_bytes(content[:-5])
    os.utime(path, ns=(stamp.modified, stamp.modified))
    assert unchanged_content(path, stamp) is None
    path.unlink()
    assert unchanged_content(path, stamp) is None
    os.mkfifo(path)
    assert unchanged_content(path, stamp) is None
    assert unchanged_content(tmp_path, FileStamp(tmp_path.stat().st_size, tmp_path.stat().st_mtime_ns)) is None


@pytest.mark.parametrize("name", [b"a.jpg", "\u00e9 %d.jpg".encode()])
@pytest.mark.parametrize("channels", [1, 3])
def test_unchanged_files_are_decoded_into_an_array(tmp_path, image_bytes, name, channels):
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(image_bytes(PICTURE[:, :, :channels].squeeze(), "JPEG"))
    status = path.stat()
    stamp = FileStamp(status.st_size, status.st_mtime_ns)
    batch = np.zeros((2, 33, 18, channels), np.uint8)
    assert read_fast_pixels(path, stamp, batch[1])
    assert np.array_equal(batch[1], decode(path))
    assert not batch[0].any()
    assert not read_fast_pixels(path, stamp, np.zeros((33, 19, channels), np.uint8))
    assert not read_fast_pixels(path, FileStamp(stamp.size, stamp.modified + 1), batch[0])
    path.unlink()
    assert not read_fast_pixels(path, stamp, batch[0])
    os.mkfifo(path)
    assert not read_fast_pixels(path, stamp, batch[0])


def test_a_name_that_is_not_utf_8_is_left_to_pillow(tmp_path, image_bytes):
    path = tmp_path / os.fsdecode(b"\xff.png")
    path.write_bytes(image_bytes(PICTURE))
    status = path.stat()
    stamp = FileStamp(status.st_size, status.st_mtime_ns)
    assert not read_fast_pixels(path, stamp, np.zeros_like(PICTURE))
