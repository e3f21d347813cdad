"""Messages about images that a transform does not support."""

import cv2
import numpy as np
import pytest
from golden import expect_message

from kpipe.data.augment.cannot_apply import cannot_apply

GREY, COLOR = np.zeros((4, 6, 1), np.uint8), np.zeros((4, 6, 3), np.uint8)


def color(image):
    assert image.shape[2] == 3


def grey(image):
    assert image.shape[2] == 1


def byte(image):
    assert image.dtype == np.uint8


def large(image):
    assert min(image.shape[:2]) > 100


def color_and_large(image):
    color(image)
    large(image)


def never(image):
    raise ValueError


def always(image):
    pass


@pytest.mark.parametrize(
    ("image", "apply"),
    [
        (GREY, color),
        (COLOR, grey),
        (COLOR.astype(np.uint16), byte),
        (COLOR, large),
        (GREY[:1, :1], large),
        (GREY, color_and_large),
        (GREY, never),
        (GREY, None),
        (GREY, always),
    ],
    ids=["color", "grey", "bytes", "size", "one pixel", "color and size", "never", "unknown", "only with some draws"],
)
def test_the_remedy_is_what_the_transform_needs(image, apply):
    expect_message(cannot_apply("Fog", image, ValueError("It is not possible."), apply))


def test_errors_of_opencv_are_shown_without_its_version_and_folders():
    with pytest.raises(cv2.error) as caught:
        cv2.GaussianBlur(COLOR, (0, 0), 0)
    expect_message(cannot_apply("GaussianBlur", COLOR, caught.value, never))
