"""Flip: an image and its mirror image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy.typing as npt

from kpipe.data.views.view_context import ViewContext
from kpipe.data.views.views import Views

Image = npt.NDArray[Any]


class Flip(Views):
    """Two views: the image as an evaluation uses it, and its horizontal mirror image.

    Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015, section
    3.2. An answer that is an image is mirrored back.

    Example:
        >>> import numpy as np
        >>> image = np.arange(3, dtype=np.uint8).reshape(1, 3, 1)
        >>> [view.ravel().tolist() for view in Flip().views(image, ViewContext("image", (1, 3, 1), "uint8"), 0)]
        [[0, 1, 2], [2, 1, 0]]
    """

    mirrored: ClassVar[tuple[bool, ...] | None] = (False, True)
    count = 2

    def views(self, image: Image, context: ViewContext, sample: int) -> Sequence[Image]:
        """Return the image and its mirror image."""
        plain = context.evaluated(image)
        return [plain, plain[:, ::-1]]
