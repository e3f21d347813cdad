"""The picture of the score against each value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kpipe.space.choice import Choice
from kpipe.space.parameter import Parameter
from kpipe.tune.results.figure_text import figure_text
from kpipe.tune.results.margins import set_margins
from kpipe.tune.results.marks import BEST, FAILED, stage_color
from kpipe.tune.results.sweep_summary import SweepSummary
from kpipe.tune.results.value_axis import ValueAxis
from kpipe.tune.sweep_trial import SweepTrial

#: Most panels in a row.
_COLUMNS = 3
#: The height of failed trials and of those off the scale, from the bad edge, as a part of the axis.
_EDGE = 0.04
#: The part of the axis that is added for them.
_STRIP = 0.09


def scores_figure(summary: SweepSummary) -> Any:
    """Return a figure with the score against each value, one panel per parameter, the most important one first.

    Filled dots are trials, in the color of their stage; hollow ones were pruned. Crosses at the edge are trials that
    failed, and triangles at the edge trials whose score is outside of `score_range`. Bars are standard deviations
    over executions. The star is the best trial.

    Args:
        summary: the trials, of which at least one has a score.
    """
    from matplotlib.figure import Figure

    parameters = [
        parameter for parameter in summary.parameters if any(parameter.name in trial.values for trial in summary.trials)
    ]
    columns = min(_COLUMNS, len(parameters))
    rows = math.ceil(len(parameters) / columns)
    figure = Figure(figsize=(4 * columns + 0.9, 3.3 * rows + 0.4), dpi=110)
    panels = [*figure.subplots(rows, columns, sharey=True, squeeze=False).flat]
    for number, (panel, parameter) in enumerate(zip(panels, parameters, strict=False)):
        _draw(panel, summary, parameter)
        if number % columns == 0:
            panel.set_ylabel(figure_text(summary.monitor))
    for panel in panels[len(parameters) :]:
        panel.remove()
    entries: dict[str, Any] = {}
    for panel in figure.axes:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    figure.legend(entries.values(), entries.keys(), loc="lower center", ncols=6, frameon=False)
    _place(figure, rows, has_choices=any(isinstance(parameter.space, Choice) for parameter in parameters))
    return figure


def _place(figure: Any, rows: int, *, has_choices: bool) -> None:
    height = figure.get_size_inches()[1]
    below = 0.95 if has_choices else 0.8
    top, bottom = 0.35, below + 0.1
    panel = (height - top - bottom - (rows - 1) * below) / rows
    set_margins(figure, left=0.75, right=0.2, top=top, bottom=bottom, wspace=0.08, hspace=below / panel)


def _draw(panel: Any, summary: SweepSummary, parameter: Parameter) -> None:
    axis = ValueAxis(parameter, summary.trials, summary.titles[parameter.name])
    axis.apply(panel, "x")
    low, high = _limits(summary)
    panel.set_ylim(low, high)
    panel.grid(alpha=0.25)
    panel.set_axisbelow(True)
    ranked = summary.with_values(parameter.name)
    pruned = [trial for trial in summary.pruned if parameter.name in trial.values]
    inside = [trial for trial in ranked if low <= _score(trial) <= high]
    for stage in sorted({trial.stage for trial in ranked}):
        label = f"stage {stage}" if summary.trials[-1].stage > 1 else "trial"
        of_stage = [trial for trial in inside if trial.stage == stage]
        _dots(panel, axis, of_stage, label, color=stage_color(stage), alpha=0.8)
    for stage in sorted({trial.stage for trial in pruned}):
        of_stage = [trial for trial in pruned if trial.stage == stage and low <= _score(trial) <= high]
        _dots(panel, axis, of_stage, "pruned", color=stage_color(stage), markerfacecolor="none")
    beyond = [trial for trial in (*ranked, *pruned) if not low <= _score(trial) <= high]
    edge, marker = (_EDGE, "v") if summary.mode == "max" else (1 - _EDGE, "^")
    _at_edge(panel, axis, beyond, edge, label="off the scale", **{**FAILED, "marker": marker})
    failed = [trial for trial in summary.failed if parameter.name in trial.values]
    _at_edge(panel, axis, failed, edge, label="failed", **FAILED)
    best = summary.best
    if parameter.name in best.values:
        star = {"marker": "*", "markersize": 15, "markeredgecolor": "white", "linestyle": "none", "zorder": 5, **BEST}
        panel.plot([axis.place(best)], [_score(best)], label=f"best: trial {best.number}", **star)
    if summary.importance is not None:
        panel.set_title(f"importance {summary.importance[parameter.name]:.2f}", fontsize=9, loc="right", color="0.3")


def _limits(summary: SweepSummary) -> tuple[float, float]:
    low, high = summary.score_range
    # The bar of the best trial is shown as a whole.
    top = _score(summary.best) + (1.1 if summary.mode == "max" else -1.1) * (summary.best.deviation or 0.0)
    low, high = min(low, top), max(high, top)
    with_edge = summary.failed or any(not low <= _score(trial) <= high for trial in (*summary.ranked, *summary.pruned))
    strip = _STRIP * (high - low) if with_edge else 0.0
    return (low - strip, high) if summary.mode == "max" else (low, high + strip)


def _dots(panel: Any, axis: ValueAxis, trials: Sequence[SweepTrial], label: str, **style: Any) -> None:
    if not trials:
        return
    x, y = [axis.place(trial) for trial in trials], [_score(trial) for trial in trials]
    deviations = [trial.deviation or 0.0 for trial in trials]
    if any(deviations):
        panel.errorbar(x, y, deviations, fmt="none", ecolor=style["color"], elinewidth=1, alpha=0.5)
    panel.plot(x, y, "o", markersize=6, label=label, **style)


def _at_edge(panel: Any, axis: ValueAxis, trials: Sequence[SweepTrial], edge: float, **style: Any) -> None:
    if trials:
        x = [axis.place(trial) for trial in trials]
        panel.plot(x, [edge] * len(x), transform=panel.get_xaxis_transform(), **style)


def _score(trial: SweepTrial) -> float:
    return trial.score if trial.score is not None else math.nan
