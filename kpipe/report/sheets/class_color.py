"""Colors of classes."""

from __future__ import annotations

import colorsys

#: Colors of the first classes: grey, since class 0 usually is the background, and colors that also differ for most
#: color-blind readers (after Okabe and Ito, "Color Universal Design", 2008).
_FIRST = ("#808080", "#e69f00", "#0072b2", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#f0e442")

#: Turns of the color wheel that keep the hues of consecutive numbers apart.
_GOLDEN = 0.618034


def class_color(index: int) -> tuple[int, int, int]:
    """Return the color of a class.

    Args:
        index: the index of the class, from 0.

    Example:
        >>> class_color(0), class_color(0) != class_color(200)
        ((128, 128, 128), True)
    """
    if index < len(_FIRST):
        red, green, blue = (int(_FIRST[index][place : place + 2], 16) for place in (1, 3, 5))
        return red, green, blue
    hue, rest = index * _GOLDEN % 1, index % 3
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.85 - 0.2 * rest, 0.6 + 0.18 * rest))
    return red, green, blue
