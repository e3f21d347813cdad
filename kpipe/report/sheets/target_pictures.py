"""Pictures of masks and of images to predict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.report.sheets.display_range import DisplayRange
from kpipe.report.sheets.mask_overlay import mask_overlay
from kpipe.report.sheets.picture import Picture
from kpipe.report.sheets.target_form import target_form
from kpipe.report.sheets.thumbnail import Thumbnail


def target_pictures(
    task: str, labels: Sequence[npt.NDArray[Any]], under: Sequence[npt.NDArray[np.uint8]], notes: Sequence[str]
) -> list[Picture]:
    """Return a picture of each label or prediction; an empty list if they are shown as captions.

    Args:
        task: the task of the target.
        labels: class indices of masks, or numbers of images, one array for each sample.
        under: RGB pixels of each sample, over which masks are drawn.
        notes: the line under each picture.

    Example:
        >>> mask, picture = np.zeros((4, 4), np.int64), np.zeros((4, 4, 3), np.uint8)
        >>> target_pictures("sequence", [mask], [picture], ["mask"])[0].pixels.shape
        (4, 4, 3)
    """
    form = target_form(task, labels[0].shape)
    if form == "text":
        return []
    if form == "mask":
        found = [mask_overlay(pixels, label) for pixels, label in zip(under, labels, strict=True)]
    else:
        thumbnails = [Thumbnail.of(np.asarray(label)) for label in labels]
        shown = DisplayRange.of(thumbnails)
        found = [shown.pixels(entry.values) for entry in thumbnails]
    return [Picture(pixels, note) for pixels, note in zip(found, notes, strict=True)]
