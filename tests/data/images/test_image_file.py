import io
import os
import zlib

import numpy as np
import pytest
from golden import raises

from kpipe.data.images import image_file
from kpipe.data.images.image_file import ImageInfo, ImageProblemError, check, decode
from kpipe.errors import DataError

GENERATOR = np.random.default_rng(0)
COLOR = GENERATOR.integers(0, 256, (20, 30, 3), np.uint8)
GREY = COLOR[:, :, 0]


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_exactly(image_bytes, kind):
    assert np.array_equal(decode(image_bytes(COLOR, kind)), COLOR)
    assert np.array_equal(decode(image_bytes(GREY, kind)), GREY[:, :, np.newaxis])


def test_jpeg_closely(image_bytes):
    smooth = np.add.outer(np.arange(40), np.arange(50)).astype(np.uint8)
    decoded = decode(image_bytes(smooth, "JPEG", quality=95))
    assert decoded.shape == (40, 50, 1)
    assert np.abs(decoded[:, :, 0].astype(int) - smooth).max() <= 3


def test_channels(image_bytes):
    grey = decode(image_bytes(COLOR), 1)
    luma = COLOR @ np.array([0.299, 0.587, 0.114])
    assert grey.shape == (20, 30, 1)
    assert np.abs(grey[:, :, 0] - luma).max() <= 0.51
    assert np.array_equal(decode(image_bytes(GREY), 3), np.repeat(GREY[:, :, np.newaxis], 3, axis=2))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_rotation_of_exif(image_bytes, orientation):
    from PIL import Image, ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    content = image_bytes(COLOR, "PNG", exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    assert np.array_equal(decode(content), upright)
    assert check(content) == ImageInfo(*upright.shape)
    if orientation == 6:  # rows of the file are columns of the picture, from the right
        assert np.array_equal(upright, np.rot90(COLOR, -1))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("exif", [b"II*\0\x08\0\0\0\xff\xff", b"junkjunk", b"", b"II*\0\x08\0\0\0\x01\0\x12\x01"])
@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_leaves_the_pixels_alone(image_bytes, kind, exif):
    content = image_bytes(COLOR, kind, exif=b"Exif\0\0" + exif)
    assert check(content) == ImageInfo(20, 30, 3)


def test_cmyk_jpeg(image_bytes):
    red = np.full((16, 16, 3), (255, 0, 0), np.uint8)
    decoded = decode(image_bytes(red, "JPEG", mode="CMYK"))
    assert decoded.shape == (16, 16, 3)
    assert np.abs(decoded.astype(int) - red).max() <= 3


def test_transparent_palette_over_white():
    from PIL import Image

    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.putdata([0, 1, 2])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=bytes([255, 0, 128]))
    decoded = decode(file.getvalue())
    assert decoded.tolist() == [[[255, 0, 0], [255, 255, 255], [127, 127, 255]]]


def test_alpha_over_white():
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.array([[[0, 255], [0, 0], [100, 255]]], np.uint8), "LA").save(file, "PNG")
    assert decode(file.getvalue()).tolist() == [[[0], [255], [100]]]


def test_plain_palette_and_bits():
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1").save(file, "PNG")
    assert decode(file.getvalue()).tolist() == [[[0], [255]]]
    file = io.BytesIO()
    Image.fromarray(np.full((2, 2, 3), 200, np.uint8)).quantize(2).save(file, "PNG")
    assert decode(file.getvalue()).shape == (2, 2, 3)


def test_sixteen_bits_are_kept(deep_png):
    values = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    content = deep_png(values[..., np.newaxis])
    assert decode(content).dtype == np.uint16
    assert decode(content)[0, :, 0].tolist() == values[0].tolist()
    assert check(content) == ImageInfo(1, 5, 1, depth=16)
    assert decode(content, upper_eight_bits=True)[0, :, 0].tolist() == [0, 0, 1, 128, 255]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_of_multiples_of_257_are_the_image_of_eight_bits(deep_png, channels):
    """255 x 257 = 65535: opacity, grey values and colors of both depths are the same shares."""
    from PIL import Image

    shallow = GENERATOR.integers(0, 256, (30, 40, channels), np.uint8)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    file = io.BytesIO()
    Image.fromarray(shallow.squeeze(), mode).save(file, "PNG")
    content = deep_png(shallow.astype(np.uint16) * 257)
    for wanted in (None, 1, 3):
        expected, found = decode(file.getvalue(), wanted), decode(content, wanted)
        assert found.shape == expected.shape
        # Pillow rounds twice where it lays an image over white.
        assert np.abs(found / 257 - expected).max() <= (0.52 if channels in (1, 3) else 1.05)
        if channels in (1, 3) and wanted != 1:
            assert np.array_equal(found, expected.astype(np.uint16) * 257)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_rotation_of_sixteen_bits(deep_png, orientation):
    from PIL import Image

    values = GENERATOR.integers(0, 65_536, (4, 7, 3)).astype(np.uint16)
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = decode(deep_png(values, exif=exif.tobytes()))
    plain = Image.fromarray((values >> 8).astype(np.uint8))
    file = io.BytesIO()
    plain.save(file, "PNG", exif=exif)
    assert np.array_equal(turned >> 8, decode(file.getvalue()))
    assert turned.flags.c_contiguous


def test_every_truncation_of_sixteen_bits_is_noticed(deep_png, capfd):
    content = deep_png(GENERATOR.integers(0, 65_536, (20, 30, 3)).astype(np.uint16))
    for length in range(1, len(content), 37):
        with pytest.raises(ImageProblemError):
            check(content[:length])
    assert capfd.readouterr().err == ""


def test_an_image_of_many_tiles_is_the_image_of_one(image_bytes, monkeypatch):
    from PIL import Image

    cases = [
        image_bytes(COLOR),
        image_bytes(GREY),
        image_bytes(COLOR, mode="P"),
        image_bytes(COLOR, "JPEG", mode="CMYK"),
    ]
    file = io.BytesIO()
    Image.fromarray(GENERATOR.integers(0, 256, (20, 30, 4), np.uint8), "RGBA").save(file, "PNG")
    cases.append(file.getvalue())
    whole = [decode(content, channels) for content in cases for channels in (None, 1, 3)]
    monkeypatch.setattr(image_file, "_TILE", 17)
    for expected, found in zip(
        whole, (decode(content, channels) for content in cases for channels in (None, 1, 3)), strict=True
    ):
        assert np.array_equal(found, expected)


def test_one_pixel(image_bytes):
    assert decode(image_bytes([[[1, 2, 3]]])).tolist() == [[[1, 2, 3]]]
    assert check(image_bytes([[7]])) == ImageInfo(1, 1, 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF"])
def test_every_truncation_is_noticed(image_bytes, kind):
    content = image_bytes(COLOR, kind)
    # The last bytes of a PNG are check sums and its end mark, those of a BMP and a WEBP padding, and those of a GIF an
    # end mark: all pixels are there.
    spare = {"PNG": 20, "BMP": 2, "WEBP": 1, "GIF": 3}.get(kind, 0)
    for length in [*range(1, len(content) - spare, 7), len(content) - spare - 1]:
        with pytest.raises(ImageProblemError):
            check(content[:length])


def test_damage_never_escapes_as_something_else(image_bytes):
    generator = np.random.default_rng(1)
    for kind in ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF"):
        original = np.frombuffer(image_bytes(COLOR, kind), np.uint8)
        for _ in range(200):
            damaged = original.copy()
            damaged[generator.integers(0, len(damaged), 5)] = generator.integers(0, 256, 5)
            try:
                check(damaged.tobytes())
            except ImageProblemError:
                continue


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello, world",
        b"\xff\xd8\xff",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"RIFF\x24\0\0\0WEBPVP8 ",
    ],
)
def test_files_that_are_not_images(tmp_path, content):
    path = tmp_path / "a b%c é.jpg"
    path.write_bytes(content)
    with raises(ImageProblemError):
        check(path)
    with raises(DataError):
        decode(path)


def test_what_cannot_be_opened(tmp_path):
    with raises(DataError):
        decode(tmp_path / "gone.png")
    with raises(ImageProblemError) as caught:
        check(tmp_path)
    assert not caught.value.permanent
    os.mkfifo(tmp_path / "pipe.png")
    with raises(ImageProblemError):
        check(tmp_path / "pipe.png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF"])
def test_a_limit_on_pixels(image_bytes, kind):
    content = image_bytes(COLOR, kind)
    assert check(content, max_pixels=600) == ImageInfo(20, 30, 3)
    with raises(ImageProblemError) as caught:
        check(content, max_pixels=599)
    assert not caught.value.permanent  # the limit may be raised


def test_the_limit_alone_decides_and_pillow_does_not_warn(image_bytes):
    content = image_bytes(np.zeros((1, 1), np.uint8))
    size = b"IHDR" + (10_000).to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    pixels = b"IDAT" + zlib.compress(bytes(1251 * 10_000), 9)
    chunks = [
        (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") for chunk in (size, pixels)
    ]
    assert check(content[:8] + b"".join(chunks) + content[-12:]) == ImageInfo(10_000, 10_000, 1)


def test_a_bomb_is_refused():
    header = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big")
    data = bytes(4) + b"IDAT" + zlib.crc32(b"IDAT").to_bytes(4, "big")
    size = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    with raises(ImageProblemError):
        check(header + size + zlib.crc32(size).to_bytes(4, "big") + data)


def test_webp_without_loss_and_over_white(image_bytes):
    assert np.array_equal(decode(image_bytes(COLOR, "WEBP", lossless=True)), COLOR)
    clear = np.zeros((2, 2, 4), np.uint8)
    assert decode(image_bytes(clear, "WEBP", lossless=True, exact=True)).tolist() == [[[255] * 3] * 2] * 2


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_the_first_frame_of_an_animation(kind):
    from PIL import Image

    file = io.BytesIO()
    frames = [Image.new("RGB", (4, 3), color) for color in ("red", "blue", "lime")]
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], lossless=True)
    assert decode(file.getvalue()).tolist() == [[[255, 0, 0]] * 4] * 3


def test_gif_over_white():
    from PIL import Image

    file = io.BytesIO()
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putdata([0, 1])
    image.save(file, "GIF", transparency=1)
    assert decode(file.getvalue()).tolist() == [[[255, 0, 0], [255, 255, 255]]]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "WEBP", "TIFF", "GIF"])
def test_the_contents_decide_about_the_format(tmp_path, image_bytes, kind):
    path = tmp_path / "a.jpg"
    path.write_bytes(image_bytes(COLOR, kind))
    assert check(path).format == kind
