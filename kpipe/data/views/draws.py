"""Draws: several draws of the training augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy.typing as npt
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.views.view_context import ViewContext
from kpipe.data.views.views import Views
from kpipe.errors import ArgumentError

Image = npt.NDArray[Any]


class Draws(Views):
    """Several draws of the training augmentation, `data.augment`.

    A draw depends only on the seed of the spec, the sample and the number of the draw, in a stream of random numbers
    apart from that of training: neither on the order of samples nor on `data.workers`.

    Args:
        count: the number of draws, at least 1, default 8.

    Raises:
        ArgumentError: `count` is out of range, or the images are not augmented in training.

    Example:
        >>> import numpy as np
        >>> from kpipe.data.augment.augmentation import Augmentation
        >>> augmentation = Augmentation([{"HorizontalFlip": {"p": 0.5}}])
        >>> context = ViewContext("image", (1, 2, 1), "uint8", augmentation=augmentation)
        >>> len(Draws(count=3).views(np.array([[[1], [2]]], np.uint8), context, 0))
        3
    """

    @check_arguments
    def __init__(self, count: Annotated[int, Ge(1)] = 8) -> None:
        self.count = count

    def check(self, context: ViewContext) -> None:
        """Check that the images are augmented in training."""
        if context.augmentation is None:
            raise ArgumentError(
                "count",
                f"Draws repeats the augmentation of training, but the images of input {context.name!r} have none of "
                "their own; write transforms for it under data.augment, or choose other views, such as Flip",
            )

    def views(self, image: Image, context: ViewContext, sample: int) -> Sequence[Image]:
        """Return the draws."""
        return [context.augmented(image, sample, draw) for draw in range(self.count)]
