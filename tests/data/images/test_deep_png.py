import numpy as np
import pytest

from kpipe.data.images.deep_png import deep_pixels

GENERATOR = np.random.default_rng(0)
GREY = GENERATOR.integers(0, 65_536, (7, 9, 1)).astype(np.uint16)
COLOR = GENERATOR.integers(0, 65_536, (7, 9, 3)).astype(np.uint16)
OPACITY = np.array([0, 1, 40_000, 65_534, 65_535], np.uint16)[GENERATOR.integers(0, 5, (7, 9, 1))]


def over_white(values):
    """In float64, by the definition."""
    share = OPACITY / 65_535
    return np.rint(values * share + 65_535 * (1 - share))


def test_grey_and_color_are_kept_to_the_bit(deep_png):
    assert np.array_equal(deep_pixels(deep_png(GREY), 1), GREY)
    assert np.array_equal(deep_pixels(deep_png(GREY), 3), np.repeat(GREY, 3, axis=2))
    assert np.array_equal(deep_pixels(deep_png(COLOR), 3), COLOR)


def test_color_becomes_grey(deep_png):
    luma = COLOR @ np.array([0.299, 0.587, 0.114])
    found = deep_pixels(deep_png(COLOR), 1)
    assert found.dtype == np.uint16
    assert np.abs(found[:, :, 0] - luma).max() < 1.5  # the weights are rounded to 16 bits


@pytest.mark.parametrize("values", [GREY, COLOR])
def test_transparent_pixels_are_laid_over_white(deep_png, values):
    found = deep_pixels(deep_png(np.concatenate([values, OPACITY], axis=2)), values.shape[2])
    assert np.abs(found - over_white(values)).max() <= 1
    opaque, clear = OPACITY[:, :, 0] == 65_535, OPACITY[:, :, 0] == 0
    assert np.array_equal(found[opaque], values[opaque])
    assert (found[clear] == 65_535).all()


@pytest.mark.parametrize("values", [GREY, COLOR])
def test_a_transparent_value_is_compared_in_all_bits(deep_png, values):
    near = values[0, 0] ^ 1  # the same upper 8 bits
    values = values.copy()
    values[0, 1] = near
    content = deep_png(values, transparent=values[0, 0].astype(">u2").tobytes())
    found = deep_pixels(content, values.shape[2], int(values[0, 0, 0]) if values.shape[2] == 1 else None)
    assert (found[0, 0] == 65_535).all()
    assert np.array_equal(found[0, 1], near)


def test_what_cannot_be_decoded(deep_png, image_bytes):
    assert deep_pixels(deep_png(COLOR)[:-20], 3) is None
    assert deep_pixels(image_bytes(COLOR >> 8), 3) is None
