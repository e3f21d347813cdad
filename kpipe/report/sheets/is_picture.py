"""Samples that can be shown as a picture."""

from __future__ import annotations


def is_picture(shape: tuple[int | None, ...]) -> bool:
    """Return whether samples of a shape can be shown: `(height, width)` or `(height, width, channels)`.

    Example:
        >>> is_picture((None, None, 3)), is_picture((28, 28)), is_picture((64,)), is_picture((100, 1))
        (True, True, False, False)
    """
    return len(shape) in (2, 3) and 1 not in shape[:2]
