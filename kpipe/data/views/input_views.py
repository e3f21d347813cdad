"""The views of the images of one input, as one array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.views.view_context import ViewContext
from kpipe.data.views.views import Views
from kpipe.errors import DataError

Values = npt.NDArray[Any]


@dataclass(frozen=True)
class InputViews:
    """Makes the views of the images of one input.

    Args:
        views: a test-time augmentation.
        context: the input.
        dtype: the NumPy name of the type of the views; values are rounded for an integer type.

    Example:
        >>> from kpipe.data.views.flip import Flip
        >>> made = InputViews(Flip(), ViewContext("image", (1, 2, 1), "uint8"), "uint8")
        >>> made(np.array([[[1], [2]]], np.uint8), 0)[:, 0, :, 0].tolist()
        [[1, 2], [2, 1]]
    """

    views: Views
    context: ViewContext
    dtype: str

    def __call__(self, image: Values, sample: int) -> Values:
        """Return the views of a decoded image, of shape (count, height, width, channels).

        Args:
            image: the decoded image (height, width, channels).
            sample: the index of the sample, from 0.

        Raises:
            DataError: a view cannot be made, or a custom class returned another number of views or another shape.
        """
        found = list(self.views.views(image, self.context, sample))
        expected = (self.views.count, *self.context.shape)
        shapes = {np.shape(view) for view in found}
        if len(found) != expected[0] or shapes != {expected[1:]}:
            listed = f"{len(found)} of shape {' or '.join(map(str, sorted(shapes)))}" if found else "none"
            raise DataError(
                f"{type(self.views).__name__} returned wrong views; expected {expected[0]} of shape {expected[1:]}, "
                f"got {listed} from an image of {image.shape}"
            )
        return _cast(np.stack(found), np.dtype(self.dtype))


def _cast(values: Values, dtype: np.dtype[Any]) -> Values:
    if dtype.kind == "u" and values.dtype.kind == "f":
        values = np.clip(np.rint(values), 0, np.iinfo(dtype).max)
    return values.astype(dtype, copy=False)
