import numpy as np

from kpipe.report.sheets.display_range import DisplayRange
from kpipe.report.sheets.thumbnail import Thumbnail


def of(*samples):
    return DisplayRange.of([Thumbnail.of(np.asarray(sample)) for sample in samples])


def test_bytes_keep_their_brightness_unless_all_are_dark():
    assert of(np.array([[10, 64]], np.uint8)) == DisplayRange(0, 255)
    assert of(np.array([[1, 16]], np.uint8), np.array([[0, 15]], np.uint8)) == DisplayRange(0, 16)
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    np.testing.assert_array_equal(DisplayRange(0, 255).pixels(pixels), np.repeat(pixels, 3, 2))


def test_other_numbers_are_scaled_between_their_ends():
    assert of(np.array([[500, 4095]], np.uint16)) == DisplayRange(500, 4095)
    assert of(np.array([[-2.0, 0.5]]), np.array([[1.0, 3.0]])) == DisplayRange(-2, 3)
    values = np.array([[[-2.0, 0.5, 3.0]]], np.float32)
    assert DisplayRange(-2, 3).pixels(values).tolist() == [[[0, 128, 255]]]
    assert DisplayRange(0, 1).pixels(values).tolist() == [[[0, 128, 255]]]


def test_constant_and_not_finite_values():
    assert of(np.full((2, 2), 7.0)).pixels(np.full((1, 1, 1), 7.0)).tolist() == [[[0, 0, 0]]]
    assert of(np.full((2, 2), np.nan)) == DisplayRange(0, 1)
    values = np.array([[[np.nan, 0, 0], [1, 1, 1]]], np.float32)
    assert DisplayRange(0, 1).pixels(values).tolist() == [[[255, 0, 255], [255, 255, 255]]]
