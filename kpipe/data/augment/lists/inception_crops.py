"""Random crops of random area and aspect ratio."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Interval

from kpipe.components.argument_check import check_arguments
from kpipe.data.augment.lists.transform_list import Transform, TransformList


class InceptionCrops(TransformList):
    """Crops a random area of random aspect ratio, resizes it to a square, and flips half of the images.

    The sampling of Szegedy et al., Going Deeper with Convolutions (2015), section 6: the area is uniform in 8 % to
    100 % of the image's area; the aspect ratio lies between 3/4 and 4/3, here with a uniform logarithm. Images are
    evaluated by the central square after their shorter side was resized to 8/7 of the square, 256 for 224.

    Args:
        size: height and width of the resized crop in pixels, at least 1, default 224.
        smallest_area: least area of the crop as a fraction of the image's area, in (0, 1], default 0.08.
        largest_ratio: greatest aspect ratio, at least 1, default 4/3; the least one is its reciprocal.

    Example:
        >>> InceptionCrops(size=32, smallest_area=0.5).evaluation()
        [{'SmallestMaxSize': {'max_size': 37}}, {'CenterCrop': {'height': 32, 'width': 32}}]
    """

    @check_arguments
    def __init__(
        self,
        size: Annotated[int, Ge(1)] = 224,
        smallest_area: Annotated[float, Interval(gt=0, le=1)] = 0.08,
        largest_ratio: Annotated[float, Ge(1)] = 4 / 3,
    ) -> None:
        self.size, self.smallest_area, self.largest_ratio = size, smallest_area, largest_ratio

    def transforms(self) -> list[Transform]:
        """Return crop and flip."""
        crop = {
            "size": [self.size, self.size],
            "scale": [self.smallest_area, 1.0],
            "ratio": [1 / self.largest_ratio, self.largest_ratio],
        }
        return [{"RandomResizedCrop": crop}, "HorizontalFlip"]

    def evaluation(self) -> list[Transform]:
        """Return resizing and central crop."""
        return [
            {"SmallestMaxSize": {"max_size": round(self.size * 8 / 7)}},
            {"CenterCrop": {"height": self.size, "width": self.size}},
        ]
