import io

import numpy as np
import pytest
from golden import raises
from PIL import Image

from kpipe.data.images.image_file import ImageInfo, ImageProblemError, check, decode

GENERATOR = np.random.default_rng(0)
#: Compressions of libtiff: none, LZW, deflate, PackBits.
COMPRESSIONS = (1, 5, 8, 32773)


def tiff(values: np.ndarray, compression: int = 1) -> bytes:
    """A TIFF file of uint16 (height, width, 1 to 4 channels), written by OpenCV, whose order is blue, green, red."""
    import cv2

    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[values.shape[2]]
    return cv2.imencode(".tiff", values[..., order], [cv2.IMWRITE_TIFF_COMPRESSION, compression])[1].tobytes()


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_all_bits_are_kept(channels, compression):
    values = GENERATOR.integers(0, 65_536, (20, 30, channels), np.uint16)
    content = tiff(values, compression)
    assert np.array_equal(decode(content), values)
    assert check(content) == ImageInfo(20, 30, channels, depth=16)


def test_the_pixels_are_those_of_a_png(deep_png):
    color = GENERATOR.integers(0, 65_536, (20, 30, 4), np.uint16)
    for channels in (1, 3):
        for values in (color, color[..., :3], color[..., :1]):
            found, expected = decode(tiff(values), channels), decode(deep_png(values), channels)
            assert found.dtype == np.uint16
            assert np.array_equal(found, expected)


def test_big_endian_and_zero_is_white():
    values = GENERATOR.integers(0, 65_536, (4, 5), np.uint16)
    file = io.BytesIO()
    Image.frombytes("I;16B", (5, 4), values.astype(">u2").tobytes()).save(file, "TIFF")
    assert file.getvalue().startswith(b"MM")
    assert np.array_equal(decode(file.getvalue())[..., 0], values)
    content = bytearray(tiff(values[..., np.newaxis]))
    entry = content.find(bytes([6, 1, 3, 0, 1, 0, 0, 0, 1, 0]))  # PhotometricInterpretation: 1
    content[entry + 8] = 0
    assert np.array_equal(decode(bytes(content))[..., 0], 65_535 - values)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_rotation(channels, dtype, orientation):
    values = GENERATOR.integers(0, 256, (4, 5, channels)).astype(dtype)
    content = tiff(values)
    file = Image.open(io.BytesIO(content))
    file.tag_v2[274] = orientation
    offset = int.from_bytes(content[4:8], "little")
    count = int.from_bytes(content[offset : offset + 2], "little")
    entries = [content[offset + 2 + 12 * place : offset + 14 + 12 * place] for place in range(count)]
    added = (274).to_bytes(2, "little") + b"\3\0\1\0\0\0" + orientation.to_bytes(4, "little")
    entries = sorted([*(entry for entry in entries if entry[:2] != added[:2]), added], key=lambda e: e[1::-1])
    directory = len(entries).to_bytes(2, "little") + b"".join(entries) + bytes(4)
    content = content[:4] + len(content).to_bytes(4, "little") + content[8:] + directory
    upright = {
        1: values,
        2: values[:, ::-1],
        3: values[::-1, ::-1],
        4: values[::-1],
        5: values.swapaxes(0, 1),
        6: np.rot90(values, -1),
        7: values[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(values),
    }[orientation]
    assert np.array_equal(decode(content), upright)


def test_other_kinds_are_refused():
    pages, lab = io.BytesIO(), io.BytesIO()
    page = Image.new("L", (2, 2))
    page.save(pages, "TIFF", save_all=True, append_images=[page, page])
    Image.new("LAB", (2, 2)).save(lab, "TIFF")
    for file in (pages, lab):
        with raises(ImageProblemError):
            check(file.getvalue())
    for values in (np.zeros((2, 2), np.float32), np.zeros((2, 2), np.int32)):
        file = io.BytesIO()
        Image.fromarray(values).save(file, "TIFF")
        with raises(ImageProblemError):
            check(file.getvalue())


def test_each_channel_in_a_plane_of_its_own_is_refused():
    content = bytearray(tiff(np.zeros((2, 2, 3), np.uint16)))
    entry = content.find(bytes([0x1C, 1, 3, 0, 1, 0, 0, 0, 1, 0]))  # PlanarConfiguration: contiguous
    content[entry + 8] = 2
    with raises(ImageProblemError):
        check(bytes(content))
