"""The colors of the classes of masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.messages.counted import counted
from kpipe.report.sheets.class_color import class_color

#: Most classes in the legend of a mask.
MOST_CLASSES = 24


def class_legend(
    classes: Sequence[str], masks: Sequence[npt.NDArray[Any]], prefix: str = ""
) -> list[tuple[tuple[int, int, int] | None, str]]:
    """Return the colors and names of the classes that occur in some masks, at most 24.

    Args:
        classes: the names of all classes.
        masks: class indices, one array for each mask.
        prefix: a text before each name; empty by default.

    Example:
        >>> class_legend(["sky", "sea", "sand"], [np.array([[2, 0]])])
        [((128, 128, 128), 'sky'), ((0, 114, 178), 'sand')]
    """
    found = sorted({int(index) for mask in masks for index in np.unique(mask)})
    legend: list[tuple[tuple[int, int, int] | None, str]] = [
        (class_color(index), f"{prefix}{classes[index]}") for index in found[:MOST_CLASSES]
    ]
    if len(found) > MOST_CLASSES:
        legend.append((None, f"{prefix}and {counted(len(found) - MOST_CLASSES, 'other class', 'other classes')}"))
    return legend
