from kpipe.data.images.image_file import ImageInfo
from kpipe.data.images.wrong_endings import wrong_endings


def info(name: str) -> ImageInfo:
    return ImageInfo(1, 1, 3, format=name)


def test_one_message_counts_all_kinds():
    images = [("a.jpg", info("WEBP")), ("b.JPG", info("WEBP")), ("c", info("PNG")), ("d.TIF", info("TIFF"))]
    assert wrong_endings(images) == (
        "3 images are read by their contents, not by their endings: 2 WEBP named .jpg, 1 PNG without an ending"
    )


def test_right_endings_are_not_reported():
    assert wrong_endings([("a.jpeg", info("JPEG")), ("b.dib", info("BMP")), ("c.gif", info("GIF"))]) is None
    assert wrong_endings([("a.jpg", info(""))]) is None
