"""Random crops of padded images."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.augment.lists.transform_list import Transform, TransformList


class CifarCrops(TransformList):
    """Pads small images, crops them at random to the size they had, and flips half of them.

    The augmentation of CIFAR-10 in He et al., Deep Residual Learning for Image Recognition (2016), section 4.2. Images
    are evaluated as they are.

    Args:
        height: height of the crop in pixels, at least 1, default 32.
        width: width of the crop in pixels, at least 1, default 32.
        padding: pixels of zeros that are added to each side, at least 0, default 4.

    Example:
        >>> CifarCrops(padding=2).transforms()[0]
        {'Pad': {'padding': 2}}
    """

    @check_arguments
    def __init__(
        self,
        height: Annotated[int, Ge(1)] = 32,
        width: Annotated[int, Ge(1)] = 32,
        padding: Annotated[int, Ge(0)] = 4,
    ) -> None:
        self.height, self.width, self.padding = height, width, padding

    def transforms(self) -> list[Transform]:
        """Return padding, crop and flip."""
        return [
            {"Pad": {"padding": self.padding}},
            {"RandomCrop": {"height": self.height, "width": self.width}},
            "HorizontalFlip",
        ]
