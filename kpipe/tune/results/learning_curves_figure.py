"""The picture of the learning curves of all trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kpipe.tune.results.figure_text import figure_text
from kpipe.tune.results.marks import BEST, FAILED, stage_color
from kpipe.tune.results.score_range import score_range
from kpipe.tune.results.sweep_summary import SweepSummary
from kpipe.tune.sweep_trial import SweepTrial

_EDGE = 0.03


def learning_curves_figure(summary: SweepSummary) -> Any:
    """Return a figure with the monitored metric of each trial after each epoch.

    A curve is the mean over the executions of a trial, in the color of its stage. The best one is thick, with a band
    from the worst to the best execution. A dot marks the epoch from which the score is, one for each execution whose
    epoch differs. Curves of pruned trials end in a hollow dot. Crosses at the edge are trials
    that failed, at their last epoch.

    Args:
        summary: the trials, of which at least one has a score.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 5.2), dpi=110)
    axes = figure.subplots(gridspec_kw={"left": 0.1, "right": 0.98, "top": 0.97, "bottom": 0.17})
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.25)
    axes.set_xlabel("epoch")
    axes.set_ylabel(figure_text(summary.monitor))
    shown = [*reversed(summary.ranked[1:]), *summary.pruned]
    for trial in shown:
        _draw(axes, trial, summary)
    _draw_best(axes, summary)
    if summary.failed:
        edge = _EDGE if summary.mode == "max" else 1 - _EDGE
        epochs = [max(trial.epochs, 1) for trial in summary.failed]
        label = f"failed ({len(epochs)})"
        axes.plot(epochs, [edge] * len(epochs), transform=axes.get_xaxis_transform(), label=label, **FAILED)
    # The first and the last point of each trial: all points of long trials would outweigh those that ended early.
    points = [curve[place][1] for trial in shown if (curve := _mean(trial)) for place in (0, -1)]
    points += [value for curve in summary.best.curves for value in curve if value is not None]
    axes.set_ylim(score_range(points or [0.0], summary.mode))
    last = max([1, *(trial.epochs for trial in summary.trials)])
    axes.set_xlim(1 - 0.03 * last, last + 0.03 * last)
    if last == 1:
        axes.set_xticks([1])
    figure.legend(loc="lower center", ncols=6, frameon=False)
    return figure


def _draw(axes: Any, trial: SweepTrial, summary: SweepSummary) -> None:
    points = _mean(trial)
    if not points:
        return
    is_pruned = trial.status == "pruned"
    label = "pruned" if is_pruned else f"stage {trial.stage}" if summary.trials[-1].stage > 1 else "trial"
    known = axes.get_legend_handles_labels()[1]
    axes.plot(
        *zip(*points, strict=True),
        color=stage_color(trial.stage),
        alpha=0.55,
        linewidth=1.2,
        marker="o",
        markersize=5 if is_pruned else 3.5,
        markerfacecolor="white" if is_pruned else None,
        markevery=[len(points) - 1] if is_pruned else _scored_places(points, trial),
        label=None if label in known else label,
    )


def _draw_best(axes: Any, summary: SweepSummary) -> None:
    best = summary.best
    points = _mean(best)
    if not points:
        return
    if len(best.curves) > 1:
        epochs = [epoch for epoch, _ in points]
        each = [[curve[epoch - 1] for curve in best.curves] for epoch in epochs]
        lows, highs = ([pick(v for v in values if v is not None) for values in each] for pick in (min, max))
        axes.fill_between(epochs, lows, highs, alpha=0.15, linewidth=0, **BEST)
    label = f"best: trial {best.number}"
    axes.plot(
        *zip(*points, strict=True),
        linewidth=2.8,
        marker="o",
        markersize=6,
        markevery=_scored_places(points, best),
        label=label,
        zorder=4,
        **BEST,
    )


def _scored_places(points: Sequence[tuple[int, float]], trial: SweepTrial) -> list[int]:
    """Return the places of the points from whose epochs the scores of a trial are."""
    return [place for place, (epoch, _) in enumerate(points) if epoch in trial.best_epochs]


def _mean(trial: SweepTrial) -> list[tuple[int, float]]:
    """Return the mean of the executions after each epoch that all of them have validated."""
    found = []
    for epoch, values in enumerate(zip(*trial.curves, strict=False), start=1):
        known = [value for value in values if value is not None]
        if len(known) == len(values):
            found.append((epoch, math.fsum(known) / len(known)))
    return found
