"""The losses of a learning-rate range test as they arrive."""

from __future__ import annotations

import math

import numpy as np

from kpipe_callbacks.learning_rate_curve import LearningRateCurve

#: The decay of the moving average of the loss.
DECAY = 0.9
#: The multiple of the lowest smoothed loss above which the test ends.
STOP = 4.0


class RangeLosses:
    """The losses of a training whose learning rate rises geometrically.

    a(t) = lowest (highest / lowest)^(t / (steps - 1)) for update t, counted from 0.

    Args:
        steps: the number of updates, at least 1.
        lowest: the first learning rate.
        highest: the last learning rate.
        accumulation: the losses of each update, default 1.

    Attributes:
        losses: the losses so far, all finite.
        smoothed: their exponential moving average without its initial bias.

    Example:
        >>> losses = RangeLosses(3, 0.01, 1.0)
        >>> [losses.add(loss) for loss in (2.0, 1.0, 1.5)]
        [False, False, True]
        >>> [round(float(rate), 4) for rate in losses.curve().rates]
        [0.01, 0.1, 1.0]
    """

    def __init__(self, steps: int, lowest: float, highest: float, accumulation: int = 1) -> None:
        self._lowest_rate, self._growth = lowest, (highest / lowest) ** (1 / max(steps - 1, 1))
        self._accumulation, self._most = accumulation, steps * accumulation
        self._lowest, self._average = math.inf, 0.0
        self.losses: list[float] = []
        self.smoothed: list[float] = []

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return float(self._lowest_rate * self._growth ** (len(self.losses) // self._accumulation))

    def add(self, loss: float) -> bool:
        """Add the loss of a step, and return whether the test has ended: it is complete, or the loss has exploded."""
        if not math.isfinite(loss):
            return True
        self._average = DECAY * self._average + (1 - DECAY) * loss
        smoothed = self._average / (1 - DECAY ** (len(self.losses) + 1))
        self.losses.append(loss)
        self.smoothed.append(smoothed)
        self._lowest = min(self._lowest, smoothed)
        return smoothed > STOP * abs(self._lowest) or len(self.losses) == self._most

    def curve(self) -> LearningRateCurve:
        """Return the losses so far with their learning rates."""
        rates = self._lowest_rate * self._growth ** (np.arange(len(self.losses)) // self._accumulation)
        return LearningRateCurve(rates, np.array(self.losses), np.array(self.smoothed))
