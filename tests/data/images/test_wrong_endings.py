from kpipe.data.images.wrong_endings import ending, wrong_endings


def test_one_message_counts_all_kinds():
    images = [("a.jpg", "WEBP"), ("b.JPG", "WEBP"), ("c", "PNG"), ("d.TIF", "TIFF")]
    assert wrong_endings((ending(path), name) for path, name in images) == (
        "3 images are read by their contents, not by their endings: 2 WEBP named .jpg, 1 PNG without an ending"
    )


def test_right_endings_are_not_reported():
    assert wrong_endings([(".jpeg", "JPEG"), (".dib", "BMP"), (".gif", "GIF")]) is None
    assert wrong_endings([(".jpg", "")]) is None
