"""Images resized to a random length of their shorter side."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator

from kpipe.data.transforms.albumentations_base import (
    BaseTransformInitSchema,
    SmallestMaxSize,
    check_range_bounds,
    nondecreasing,
)


class RandomShorterSide(SmallestMaxSize):  # type: ignore[misc]
    """Resizes an image to a random length of its shorter side, and keeps its aspect ratio.

    The length is uniform over the integers of a range, as in Simonyan & Zisserman, Very Deep Convolutional Networks for
    Large-Scale Image Recognition (2015), section 3.1, whose range is [256, 512]. It is `SmallestMaxSize` with a list of
    all these integers.

    Args:
        size_range: least and greatest length in pixels, at least 1, default [256, 480].
        p: probability of applying the transform, in [0, 1], default 1.

    Example:
        >>> import numpy as np
        >>> RandomShorterSide(size_range=(6, 6))(image=np.zeros((4, 8, 3), np.uint8))["image"].shape
        (6, 12, 3)
    """

    class InitSchema(BaseTransformInitSchema):  # type: ignore[misc]
        """Ranges of the arguments."""

        size_range: Annotated[
            tuple[int, int],
            AfterValidator(check_range_bounds(1, None)),
            AfterValidator(nondecreasing),
        ]

    def __init__(self, size_range: tuple[int, int] = (256, 480), p: float = 1.0) -> None:
        super().__init__(max_size=size_range[1], p=p)
        self.size_range = size_range

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """Draw the length."""
        return {"scale": self.py_random.randint(*self.size_range) / min(params["shape"][:2])}
