"""CutMix: boxes of one image in another."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.data.mix.mix import Mix
from kpipe.data.mix.mix_draw import MixDraw
from kpipe.errors import ArgumentError

_Bound = Annotated[float, Interval(ge=0, le=1)]
#: Keeps the parameter of the beta distribution above 0, as in Keras.
_LEAST = 1e-6


class CutMix(Mix):
    """Replaces a box in each image by that of another one of the batch, and combines their losses by area.

    For each batch a is drawn uniformly from `factor`, and for each image w from Beta(a, a); the box has the height
    sqrt(1 - w) H and the width sqrt(1 - w) W and any position inside the image, as in `keras.layers.CutMix` (Yun et
    al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV 2019, which
    uses a = 1). A pixel is replaced if its center is in the box; the weight of the label is the fraction of the others.

    Metrics of the training other than the loss are computed on the mixed inputs against one label of each sample, that
    of the larger weight, so they are not comparable with those of the validation part, whose samples are not mixed.

    Args:
        factor: the range of a, two numbers in [0, 1]; a single number is the upper bound of a range from 0. Default
            1.0. `[1, 1]` draws as the paper does.

    Raises:
        ArgumentError: `factor` is out of range.

    Example:
        >>> CutMix(factor=1.0).draw(np.random.default_rng(0), 3, 8, 8).boxes.shape
        (3, 4)
    """

    cuts: ClassVar[bool] = True

    @check_arguments
    def __init__(self, factor: _Bound | list[_Bound] = 1.0) -> None:
        bounds = list(factor) if isinstance(factor, list | tuple) else [0.0, float(factor)]
        if len(bounds) != 2 or bounds[0] > bounds[1]:
            raise ArgumentError("factor", f"not a range; expected two ascending numbers in [0, 1], got {factor!r}")
        self.factor = factor
        self._bounds = bounds

    def draw(self, rng: np.random.Generator, count: int, height: int | None, width: int | None) -> MixDraw:
        """Return a box and a partner for each image."""
        if height is None or width is None:
            raise ArgumentError("height", "CutMix needs images of one size; expected a height and a width, got None")
        low, high = self._bounds
        alpha = rng.uniform(low, high) + _LEAST
        ratio = np.sqrt(1 - rng.beta(alpha, alpha, count))
        left, right = _interval(rng, width, ratio)
        top, bottom = _interval(rng, height, ratio)
        weights = 1 - (bottom - top) * (right - left) / (height * width)
        return MixDraw(weights, rng.permutation(count), np.stack([top, left, bottom, right], axis=1))


def _interval(
    rng: np.random.Generator, size: int, ratio: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the first pixel of an interval anywhere in `size` pixels, and the one after its last."""
    length = ratio * size
    start = rng.random(len(ratio)) * (size - length)
    # A pixel is inside if its center is, so that those at both edges are replaced equally often.
    first, end = (np.ceil(bound - 0.5).astype(np.int64) for bound in (start, start + length))
    return first, end
