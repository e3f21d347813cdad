"""MixUp: weighted sums of two samples."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Gt

from kpipe.components.argument_check import check_arguments
from kpipe.data.mix.mix import Mix
from kpipe.data.mix.mix_draw import MixDraw


class MixUp(Mix):
    """Replaces each sample by a weighted sum of it and another one, w x + (1 - w) x', and combines their losses.

    The weights are drawn from Beta(alpha, alpha) for each sample, as in `keras.layers.MixUp` (Zhang et al., "mixup:
    Beyond Empirical Risk Minimization", ICLR 2018, which draws one for each batch).

    Metrics of the training other than the loss are computed on the mixed inputs against one label of each sample, that
    of the larger weight, so they are not comparable with those of the validation part, whose samples are not mixed.

    Args:
        alpha: both parameters of the beta distribution, greater than 0, default 0.2. Large values mix in equal parts,
            small ones leave most samples almost unchanged.

    Raises:
        ArgumentError: `alpha` is out of range.

    Example:
        >>> MixUp(alpha=1.0).draw(np.random.default_rng(0), 3, None, None).weights.shape
        (3,)
    """

    @check_arguments
    def __init__(self, alpha: Annotated[float, Gt(0)] = 0.2) -> None:
        self.alpha = alpha

    def draw(self, rng: np.random.Generator, count: int, height: int | None, width: int | None) -> MixDraw:
        """Return a weight and a partner for each sample."""
        return MixDraw(rng.beta(self.alpha, self.alpha, count), rng.permutation(count))
