import numpy as np
import pytest

from kpipe.report.sheets.cell import Cell
from kpipe.report.sheets.picture import Picture
from kpipe.report.sheets.sheet import Sheet
from kpipe.report.sheets.styles import PAPER


def pictures(count, height, width, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), np.uint8)
    return [Picture(entry, "a note") for entry in pixels]


def decoded(image, box, factor):
    """The pixels of a picture, each of which has to fill a square of `factor` pixels."""
    found = np.asarray(image.crop(box))
    height, width = (size // factor for size in found.shape[:2])
    squares = found.reshape(height, factor, width, factor, 3)
    assert (squares == squares[:, :1, :, :1]).all()
    return squares[:, 0, :, 0]


@pytest.mark.parametrize(
    ("height", "width", "factor"), [(8, 8, 24), (32, 20, 6), (160, 96, 1), (256, 100, 1), (1, 3, 64)]
)
def test_pictures_are_enlarged_by_an_integer_factor(height, width, factor):
    made = pictures(5, height, width)
    sheet = Sheet("title", [Cell([picture], f"sample {place}") for place, picture in enumerate(made)])
    image = sheet.image()
    for place, picture in enumerate(made):
        (box,) = sheet.pictures(place)
        np.testing.assert_array_equal(decoded(image, box, factor), picture.pixels)


def test_pictures_side_by_side_have_factors_of_their_own():
    left, right = pictures(6, 8, 8), pictures(6, 64, 48, seed=1)
    sheet = Sheet(
        "title", [Cell([a, b], "x") for a, b in zip(left, right, strict=True)], ["a note"], [((9, 9, 9), "sky")]
    )
    image = sheet.image()
    for place in range(6):
        first, second = sheet.pictures(place)
        np.testing.assert_array_equal(decoded(image, first, 24), left[place].pixels)
        np.testing.assert_array_equal(decoded(image, second, 3), right[place].pixels)
        assert first[2] < second[0]


def test_pictures_of_several_sizes_have_one_factor():
    sizes = [(10, 90), (90, 10), (40, 40)]
    sheet = Sheet("title", [Cell(pictures(1, *size)) for size in sizes])
    boxes = [sheet.pictures(place)[0] for place in range(3)]
    assert [(bottom - top, right - left) for left, top, right, bottom in boxes] == [(20, 180), (180, 20), (80, 80)]


@pytest.mark.parametrize("count", [1, 2, 7, 16, 64])
def test_no_picture_overlaps_another_or_leaves_the_sheet(count):
    cells = [
        Cell(pictures(2, 30, 30), "a name " * 40, ["a line " * 40] * (place % 3), "file " * 40)
        for place in range(count)
    ]
    sheet = Sheet(
        "a long title " * 30, cells, ["a note " * 100], [((index, 0, 0), "class " * 20) for index in range(40)]
    )
    image = sheet.image()
    boxes = [box for place in range(count) for box in sheet.pictures(place)]
    used = np.zeros((image.height, image.width), np.int64)
    for left, top, right, bottom in boxes:
        assert 0 < left < right < image.width and 0 < top < bottom < image.height
        used[top:bottom, left:right] += 1
    assert used.max() == 1
    assert image.width <= 2640 + 56


def test_text_stays_inside_of_its_cell():
    cells = [Cell(pictures(1, 8, 8), "WWWW" * 200, ["nospaces" * 100, "several words " * 50], "/path" * 100)] * 4
    image = Sheet("W" * 1000, cells, ["W" * 1000], [(None, "W" * 1000)]).image()
    pixels = np.asarray(image)
    paper = tuple(int(PAPER[place : place + 2], 16) for place in (1, 3, 5))
    # The margins on all sides, and the gap in front of the cells of each column, contain nothing.
    assert (pixels[:, :28] == paper).all() and (pixels[:, -28:] == paper).all()
    assert (pixels[:28] == paper).all() and (pixels[-28:] == paper).all()


def test_columns_fill_rows_if_possible():
    sheet = Sheet("title", [Cell(pictures(2, 32, 32), "x")] * 16)
    lefts = {sheet.pictures(place)[0][0] for place in range(16)}
    tops = {sheet.pictures(place)[0][1] for place in range(16)}
    assert (len(lefts), len(tops)) == (4, 4)


def test_a_sheet_is_the_same_each_time():
    made = [Sheet("title", [Cell(pictures(1, 8, 8), "one")], ["two"], [((1, 2, 3), "three")]).image() for _ in range(2)]
    assert made[0].tobytes() == made[1].tobytes()
