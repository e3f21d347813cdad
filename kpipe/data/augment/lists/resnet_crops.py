"""Random crops of images whose shorter side varies."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.augment.lists.transform_list import Transform, TransformList
from kpipe.errors import ArgumentError


class ResNetCrops(TransformList):
    """Resizes the shorter side to a random length, crops a square at random, and flips half of the images.

    The augmentation of ImageNet in He et al., Deep Residual Learning for Image Recognition (2016), section 3.4: the
    shorter side is uniform over the integers of [256, 480]. Images are evaluated by the central square after their
    shorter side was resized to 256.

    Args:
        size: height and width of the crop in pixels, at least 1, default 224.
        shortest: least length of the shorter side in pixels, at least `size`, default 256; also its length in
            evaluation.
        longest: greatest length of the shorter side in pixels, at least `shortest`, default 480.

    Raises:
        ArgumentError: `shortest` is less than `size`, or `longest` is less than `shortest`.

    Example:
        >>> ResNetCrops(size=32, shortest=36, longest=38).transforms()[0]
        {'RandomShorterSide': {'size_range': [36, 38]}}
    """

    @check_arguments
    def __init__(
        self,
        size: Annotated[int, Ge(1)] = 224,
        shortest: Annotated[int, Ge(1)] = 256,
        longest: Annotated[int, Ge(1)] = 480,
    ) -> None:
        if shortest < size:
            raise ArgumentError("shortest", f"out of range; expected at least size, {size}, got {shortest}")
        if longest < shortest:
            raise ArgumentError("longest", f"out of range; expected at least shortest, {shortest}, got {longest}")
        self.size, self.shortest, self.longest = size, shortest, longest

    def transforms(self) -> list[Transform]:
        """Return resizing, crop and flip."""
        return [
            {"RandomShorterSide": {"size_range": [self.shortest, self.longest]}},
            {"RandomCrop": {"height": self.size, "width": self.size}},
            "HorizontalFlip",
        ]

    def evaluation(self) -> list[Transform]:
        """Return resizing and central crop."""
        return [
            {"SmallestMaxSize": {"max_size": self.shortest}},
            {"CenterCrop": {"height": self.size, "width": self.size}},
        ]
