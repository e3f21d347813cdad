"""An axis of a picture that shows the values of one parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from kpipe.space.choice import Choice, Label
from kpipe.space.parameter import Parameter
from kpipe.space.range import Range
from kpipe.tune.results.figure_text import figure_text
from kpipe.tune.results.margins import text_width
from kpipe.tune.sweep_trial import SweepTrial

#: The part of the axis that is empty at both ends.
_MARGIN = 0.04
#: The width of the column of an option, in which the trials are spread.
_COLUMN = 0.5
#: Ranges above this ratio have no minor ticks.
_DECADES = 1e4
#: Multiples of this number modulo 1 are spread evenly: the golden ratio.
_GOLDEN = 0.6180339887498949


class ValueAxis:
    """An axis that shows the values of one parameter: logarithmic for `Log` and `LogInt`, categories for `Choice`.

    It shows the whole range of the parameter, and values beyond it, which a later stage can have.

    Args:
        parameter: the parameter.
        trials: the trials to show.
        title: the title of the axis.
    """

    def __init__(self, parameter: Parameter, trials: Sequence[SweepTrial], title: str) -> None:
        self._name, self._space, self._title = parameter.name, parameter.space, title
        self.trials = [trial for trial in trials if parameter.name in trial.values]

    def place(self, trial: SweepTrial) -> float:
        """Return the coordinate of a trial; those with the same option are next to each other."""
        value = trial.values[self._name]
        if isinstance(self._space, Range):
            return float(value)
        spread = (trial.number * _GOLDEN % 1 - 0.5) * _COLUMN
        return self._labels().index(value) + spread

    def apply(self, axes: Any, side: Literal["x", "y"]) -> None:
        """Set the scale, the limits, the ticks and the label of one side of axes."""
        axis = axes.xaxis if side == "x" else axes.yaxis
        limit = axes.set_xlim if side == "x" else axes.set_ylim
        if isinstance(self._space, Choice):
            labels = [figure_text(label, 14) for label in self._labels()]
            is_wide = side == "x" and max(map(len, labels)) * len(labels) > 36
            axis.set_ticks(range(len(labels)), labels)
            if is_wide:
                axes.tick_params("x", labelrotation=20, labelsize="small")
            limit(-0.5, len(labels) - 0.5)
        else:
            self._apply_range(axes, side, axis, self._space)
            limit(*self._limits(self._space))
        axis.set_label_text(figure_text(self._title))

    @property
    def width(self) -> float:
        """The width of the ticks and the label at the left side of axes, in inches."""
        if isinstance(self._space, Choice):
            return 0.5 + text_width(figure_text(label, 14) for label in self._labels())
        return 0.85

    def _labels(self) -> list[Label]:
        """Return the options: numbers in ascending order, others in the order of the spec."""
        labels = [*self._space.labels] if isinstance(self._space, Choice) else []
        numbers = [label for label in labels if isinstance(label, int | float) and not isinstance(label, bool)]
        return [*sorted(numbers)] if len(numbers) == len(labels) else labels

    def _apply_range(self, axes: Any, side: Literal["x", "y"], axis: Any, space: Range) -> None:
        from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

        if space.is_log:
            scale = axes.set_xscale if side == "x" else axes.set_yscale
            scale("log", base=2 if space.is_integer else 10)
        if space.is_log and space.is_integer:
            axis.set_major_locator(LogLocator(base=2, numticks=8))
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        elif space.is_log and space.high > _DECADES * space.low:
            # Minor ticks take most of the time of drawing, and cannot be told apart.
            axis.set_minor_locator(NullLocator())
        elif not space.is_log:
            axis.set_major_locator(MaxNLocator(nbins=8 if space.is_integer else 5, integer=space.is_integer))

    def _limits(self, space: Range) -> tuple[float, float]:
        values = [self.place(trial) for trial in self.trials]
        low, high = min([space.low, *values]), max([space.high, *values])
        if space.is_log:
            factor = (high / low) ** _MARGIN
            return low / factor, high * factor
        margin = _MARGIN * (high - low)
        return low - margin, high + margin
