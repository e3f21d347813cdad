"""The base class of test-time augmentations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy.typing as npt

from kpipe.data.views.view_context import ViewContext

Image = npt.NDArray[Any]


class Views(ABC):
    """Base class of test-time augmentations, which make several views of an image, whose answers are averaged.

    They are pure functions of an image in NumPy, which processes without TensorFlow call. A custom one derives from
    this class, and defines `count` and `views`.

    Example:
        >>> import numpy as np
        >>> class Turned(Views):
        ...     count = 2
        ...     def views(self, image, context, sample):
        ...         plain = context.evaluated(image)
        ...         return [plain, plain[::-1, ::-1]]
        >>> context = ViewContext("image", (2, 2, 1), "uint8")
        >>> [view[0, 0, 0].item() for view in Turned().views(np.arange(4, dtype=np.uint8).reshape(2, 2, 1), context, 0)]
        [0, 3]
    """

    #: For each view, whether it is the mirror image of the plain one, so that an answer that is an image can be
    #: mirrored back; None (default) if the pixels of the views and of such an answer do not correspond.
    mirrored: ClassVar[tuple[bool, ...] | None] = None

    #: The number of views of each image, at least 1.
    count: int

    def check(self, context: ViewContext) -> None:
        """Check that the views can be made of the images of an input; by default, they can.

        Raises:
            ArgumentError: an argument does not fit the images.
        """
        del context

    @abstractmethod
    def views(self, image: Image, context: ViewContext, sample: int) -> Sequence[Image]:
        """Return the views of one image, `count` arrays of the shape `context.shape`.

        Args:
            image: the decoded image (height, width, channels), before the transforms of an evaluation.
            context: the shape of the images that the model receives, and the transforms of the input.
            sample: the index of the sample, from 0, by which random views are drawn.
        """
