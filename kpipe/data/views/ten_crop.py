"""TenCrop: corners, center, and their mirror images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.evaluation import Evaluation
from kpipe.data.prepare.resize import Resize
from kpipe.data.views.ten_crops import ten_crops
from kpipe.data.views.view_context import ViewContext
from kpipe.data.views.views import Views
from kpipe.errors import ArgumentError

Image = npt.NDArray[Any]
_Pixels = Annotated[int, Ge(1)]


class TenCrop(Views):
    """Ten views: the four corners and the center of the image, and their mirror images.

    Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", NIPS 2012,
    section 4.1. The crops take the place of the `CenterCrop` at the end of `data.evaluate.transform`: the transforms
    before it are applied, and its size is that of the crops. `SmallestMaxSize` returns the central square there, as in
    the paper. Where no `CenterCrop` is at the end, `padding` or `size` is required.

    Args:
        size: the height and width of the crops in pixels, at least 1: one number or two; default null: the size of the
            `CenterCrop`, or that of the images that the model receives. Crops of another size are resized linearly to
            the size that the model receives.
        padding: pixels of value 0 that are added to each side of the image first, at least 0, default 0. 4 for crops
            of 32 x 32 pixels is the padding of `CifarCrops`.

    Raises:
        ArgumentError: an argument is out of range, the crops are larger than the image, or each of them is the whole
            image.

    Example:
        >>> context = ViewContext("image", (8, 8, 3), "uint8", (8, 8, 3))
        >>> [view.shape for view in TenCrop(padding=1).views(np.zeros((8, 8, 3), np.uint8), context, 0)][:1]
        [(8, 8, 3)]
    """

    count = 10

    @check_arguments
    def __init__(self, size: _Pixels | list[_Pixels] | None = None, padding: Annotated[int, Ge(0)] = 0) -> None:
        if isinstance(size, list | tuple) and len(size) != 2:
            raise ArgumentError("size", f"not a size; expected one number, or a height and a width, got {size!r}")
        self.size = size
        self.padding = padding

    def check(self, context: ViewContext) -> None:
        """Check that the crops are smaller than the image."""
        before, (height, width) = self._plan(context)
        found = context.decoded if before is None else before.shape(context.decoded)
        image = tuple((size or 0) + 2 * self.padding for size in found[:2])
        if image == (height, width):
            crop = max(1, round(0.875 * height))
            raise ArgumentError(
                "size",
                f"each of the ten crops is the whole image of {height} x {width} pixels (input {context.name!r}); end "
                f"data.evaluate.transform with a CenterCrop, or write padding: 4, or size: {crop}",
            )
        if image[0] < height or image[1] < width:
            raise ArgumentError(
                "size",
                f"the crops of input {context.name!r} are larger than its images; expected at most {image[0]} x "
                f"{image[1]} pixels, got {height} x {width}; write a smaller size, or padding",
            )

    def views(self, image: Image, context: ViewContext, sample: int) -> Sequence[Image]:
        """Return the ten crops, of the size that the model receives."""
        before, (height, width) = self._plan(context)
        whole = image if before is None else before.image(image)
        margin = (self.padding, self.padding)
        crops = ten_crops(np.pad(whole, (margin, margin, (0, 0))), height, width)
        if (height, width) == context.shape[:2]:
            return crops
        resize = Resize(*context.shape[:2])
        return [resize.image(crop) for crop in crops]

    def _plan(self, context: ViewContext) -> tuple[Evaluation | None, tuple[int, int]]:
        """Return the transforms before the crops, and the size of the crops."""
        before, crop = (None, None) if context.evaluation is None else context.evaluation.before_final_crop()
        if self.size is None:
            return before, crop or context.shape[:2]
        size = self.size if isinstance(self.size, list | tuple) else (self.size, self.size)
        return before, (size[0], size[1])
