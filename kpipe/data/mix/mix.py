"""The base class of mixes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from kpipe.data.mix.mix_draw import MixDraw


class Mix(ABC):
    """Base class of random combinations of the samples of one training batch.

    Each sample i is combined with its partner p(i). Where `cuts` is false, it becomes w_i x_i + (1 - w_i) x_p(i);
    otherwise the pixels inside its box become those of the partner. The loss is w_i loss(y_i) + (1 - w_i) loss(y_p(i)).
    All inputs of a sample are combined in the same way. A custom mix derives from this class and defines `draw`.

    Metrics of the training other than the loss are computed on the mixed inputs against one label of each sample, that
    of the larger weight, so they are not comparable with those of the validation part, whose samples are not mixed.

    Example:
        >>> class Halves(Mix):
        ...     def draw(self, rng, count, height, width):
        ...         return MixDraw(np.full(count, 0.5), rng.permutation(count))
        >>> Halves().draw(np.random.default_rng(0), 2, None, None).weights
        array([0.5, 0.5])
    """

    #: Whether the draws contain boxes; all inputs must then be images of one size.
    cuts: ClassVar[bool] = False

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int, height: int | None, width: int | None) -> MixDraw:
        """Return how the samples of one batch are combined.

        Args:
            rng: the only source of random numbers; its state depends on the seed, the epoch and the step.
            count: number of samples in the batch, at least 1.
            height: height of the images in pixels; None if the inputs are not images of one size.
            width: width of the images in pixels; None if the inputs are not images of one size.
        """
