"""The picture of two values against each other, with the score as the color."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from kpipe.space.parameter import Parameter
from kpipe.tune.results.figure_text import figure_text
from kpipe.tune.results.margins import set_margins
from kpipe.tune.results.marks import FAILED
from kpipe.tune.results.sweep_summary import SweepSummary
from kpipe.tune.results.value_axis import ValueAxis
from kpipe.tune.sweep_trial import SweepTrial


def value_pair_figure(summary: SweepSummary) -> Any | None:
    """Return a figure with the two most important values against each other; bright dots are good scores.

    Trials with a score are filled dots, pruned ones are hollow, and crosses are trials that failed. The colors cover
    `score_range`; worse scores have the darkest color. Trials that lack one of the values are counted in the legend.

    Args:
        summary: the trials, of which at least one has a score.

    Returns:
        The figure, or None if no two trials have two values in common.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    pair = _pair(summary)
    if pair is None:
        return None
    figure = Figure(figsize=(7.2, 5.6), dpi=110)
    axes = figure.subplots()
    trials = [trial for trial in summary.trials if all(parameter.name in trial.values for parameter in pair)]
    x, y = (ValueAxis(parameter, trials, summary.titles[parameter.name]) for parameter in pair)
    set_margins(figure, left=y.width, right=0.3, top=0.15, bottom=1.05)
    x.apply(axes, "x")
    y.apply(axes, "y")
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    low, high = summary.score_range
    colors = ScalarMappable(Normalize(low, high), "viridis" if summary.mode == "max" else "viridis_r")
    failed = [trial for trial in trials if trial.is_failed]
    if failed:
        places = [x.place(trial) for trial in failed], [y.place(trial) for trial in failed]
        axes.plot(*places, label="failed", **FAILED)
    # The best ones are drawn last.
    scored = [trial for trial in reversed(summary.ranked) if trial in trials]
    pruned = [trial for trial in summary.pruned if trial in trials]
    _draw_dots(axes, scored, x, y, colors, is_filled=True)
    _draw_dots(axes, pruned, x, y, colors, is_filled=False, label="pruned")
    _mark_best(axes, summary, x, y, colors)
    is_beyond = any(trial.score is not None and not low <= trial.score <= high for trial in (*scored, *pruned))
    side = "neither" if not is_beyond else "min" if summary.mode == "max" else "max"
    figure.colorbar(colors, ax=axes, label=figure_text(summary.monitor), extend=side, pad=0.03)
    if missing := len(summary.trials) - len(trials):
        axes.plot([], [], " ", label=f"not shown: {missing} without both values")
    figure.legend(loc="lower center", ncols=4, frameon=False)
    return figure


def _draw_dots(
    axes: Any,
    trials: Sequence[SweepTrial],
    x: ValueAxis,
    y: ValueAxis,
    colors: Any,
    *,
    is_filled: bool,
    label: str | None = None,
) -> None:
    if not trials:
        return
    places = [x.place(trial) for trial in trials], [y.place(trial) for trial in trials]
    shades = [colors.to_rgba(trial.score) for trial in trials]
    axes.scatter(
        *places,
        75,
        label=label,
        facecolor=shades if is_filled else "none",
        edgecolor="0.25" if is_filled else shades,
        linewidth=0.6 if is_filled else 1.8,
    )


def _mark_best(axes: Any, summary: SweepSummary, x: ValueAxis, y: ValueAxis, colors: Any) -> None:
    best = summary.best
    if best not in x.trials or best not in y.trials:
        return
    axes.plot(
        [x.place(best)],
        [y.place(best)],
        marker="*",
        markersize=21,
        color=colors.to_rgba(best.score),
        markeredgecolor="crimson",
        markeredgewidth=1.6,
        linestyle="none",
        label=f"best: trial {best.number} with {figure_text(best.score)}",
    )


def _pair(summary: SweepSummary) -> tuple[Parameter, Parameter] | None:
    """Return the most important pair of parameters that most trials have, or that any two trials have."""
    known = summary.importance or {}
    found = [
        (len(trials), pair)
        for pair in combinations(summary.parameters, 2)
        if len(trials := summary.with_values(pair[0].name, pair[1].name)) > 1
    ]
    if not found:
        return None
    common = [pair for count, pair in found if 2 * count >= len(summary.ranked)] or [pair for _, pair in found]
    return max(common, key=lambda pair: sum(known.get(parameter.name, 0.0) for parameter in pair))
