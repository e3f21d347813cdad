"""How the labels or predictions of a target are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from kpipe.report.sheets.is_picture import is_picture


def target_form(task: str, shape: Sequence[int]) -> Literal["mask", "image", "text"]:
    """Return whether a target is shown as a mask over an input, as a picture of its own, or as a caption.

    Args:
        task: the task of the target.
        shape: the shape of a label.

    Example:
        >>> target_form("sequence", (8, 8)), target_form("regression", (8, 8, 1)), target_form("sequence", (8,))
        ('mask', 'image', 'text')
    """
    if task not in ("sequence", "regression") or not is_picture(tuple(shape)):
        return "text"
    return "image" if task == "regression" else "mask" if len(shape) == 2 else "text"
