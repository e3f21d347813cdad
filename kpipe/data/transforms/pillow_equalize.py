"""Equalization of histograms as Pillow does it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.transforms.albumentations_base import ImageOnlyTransform


class PillowEqualize(ImageOnlyTransform):  # type: ignore[misc]
    """Equalizes the histogram of each channel.

    With the counts h of the levels, n = sum(h) without the count of the highest level that occurs, and s = n // 255,
    level i becomes (s // 2 + h[0] + ... + h[i - 1]) // s; an image without enough pixels (s = 0) does not change. This
    is `PIL.ImageOps.equalize`, which the policies of Cubuk et al., AutoAugment (2019) apply; Albumentations'
    `Equalize(mode="pil")` differs from it by up to 11 levels for images of 32 x 32 pixels. Images of 16 bits are
    equalized in 256 levels.

    Args:
        p: probability of applying the transform, in [0, 1], default 0.5.

    Example:
        >>> image = np.repeat(np.arange(8, 16, dtype=np.uint8), 64).reshape(16, 32, 1)
        >>> np.unique(PillowEqualize(p=1)(image=image)["image"]).tolist()
        [0, 64, 128, 192, 255]
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p=p)

    def apply(self, img: npt.NDArray[Any], **params: Any) -> npt.NDArray[Any]:
        """Return the image with equalized channels."""
        levels = img if img.dtype == np.uint8 else np.rint(img * 255).astype(np.uint8)
        channels = levels.reshape(*levels.shape[:2], -1)
        equal = np.stack([_equalized(channels[..., n]) for n in range(channels.shape[2])], axis=-1).reshape(img.shape)
        return equal if img.dtype == np.uint8 else (equal / 255).astype(img.dtype)


def _equalized(channel: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    counts = np.bincount(channel.ravel(), minlength=256)
    step = int(counts.sum() - counts[np.flatnonzero(counts)[-1]]) // 255
    if step == 0:
        return channel
    below = np.concatenate([[0], np.cumsum(counts)[:-1]])
    table: npt.NDArray[np.uint8] = np.minimum((step // 2 + below) // step, 255).astype(np.uint8)
    return table[channel]
