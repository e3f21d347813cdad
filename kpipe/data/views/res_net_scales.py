"""ResNetScales: ten crops at several scales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy.typing as npt
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.prepare.resize import Resize
from kpipe.data.views.ten_crops import ten_crops
from kpipe.data.views.view_context import ViewContext
from kpipe.data.views.views import Views
from kpipe.errors import ArgumentError

Image = npt.NDArray[Any]
_Pixels = Annotated[int, Ge(1)]


class ResNetScales(Views):
    """Ten crops of the image at each of several scales: by default, 50 views.

    He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, section 3.4 (section 4.1 of
    the arXiv version reports the results), average the scores of a fully-convolutional network at these scales. The
    ten crops of each scale are those of `TenCrop`, of the size that the model receives, so that any network can be
    averaged. They are made from the decoded image, without `data.evaluate.transform`.

    Args:
        scales: lengths of the shorter side of the image in pixels, each at least the size that the model receives;
            default [224, 256, 384, 480, 640]. The aspect ratio is kept, and interpolation is linear.

    Raises:
        ArgumentError: there are no scales, one is repeated, or one is smaller than the size that the model receives.

    Example:
        >>> import numpy as np
        >>> context = ViewContext("image", (8, 8, 3), "uint8", (None, None, 3))
        >>> len(ResNetScales(scales=[8, 12]).views(np.zeros((20, 30, 3), np.uint8), context, 0))
        20
    """

    @check_arguments
    def __init__(self, scales: Sequence[_Pixels] = (224, 256, 384, 480, 640)) -> None:
        if not scales or len({*scales}) < len(scales):
            raise ArgumentError("scales", f"expected one or more different lengths in pixels, got {list(scales)}")
        self.scales = list(scales)
        self.count = 10 * len(self.scales)

    def check(self, context: ViewContext) -> None:
        """Check that no scale is smaller than the images that the model receives."""
        height, width, _ = context.shape
        if min(self.scales) < max(height, width):
            raise ArgumentError(
                "scales",
                f"smaller than the images that the model receives; expected at least {max(height, width)} for {height} "
                f"x {width} pixels (input {context.name!r}), got {min(self.scales)}; remove it",
            )

    def views(self, image: Image, context: ViewContext, sample: int) -> Sequence[Image]:
        """Return ten crops at each scale."""
        return [crop for scale in self.scales for crop in ten_crops(_scaled(image, scale), *context.shape[:2])]


def _scaled(image: Image, scale: int) -> Image:
    """Return an image whose shorter side has a length in pixels."""
    height, width = image.shape[:2]
    shorter = min(height, width)
    return Resize(*(max(scale, round(scale * side / shorter)) for side in (height, width))).image(image)
