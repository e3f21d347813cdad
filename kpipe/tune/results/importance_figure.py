"""The picture of the importance of each value."""

from __future__ import annotations

from typing import Any

from kpipe.tune.results.figure_text import figure_text
from kpipe.tune.results.margins import set_margins, text_width
from kpipe.tune.results.sweep_summary import SweepSummary


def importance_figure(summary: SweepSummary) -> Any | None:
    """Return a figure with one bar per parameter, the most important one at the top.

    Args:
        summary: the trials.

    Returns:
        The figure, or None if the importance is not known.
    """
    from matplotlib.figure import Figure

    if summary.importance is None:
        return None
    parameters = summary.parameters
    figure = Figure(figsize=(7.2, 1.3 + 0.42 * len(parameters)), dpi=110)
    axes = figure.subplots()
    values = [summary.importance[parameter.name] for parameter in parameters]
    titles = [figure_text(summary.titles[parameter.name]) for parameter in parameters]
    set_margins(figure, left=0.3 + text_width(titles), right=0.3, top=0.2, bottom=0.65)
    bars = axes.barh(range(len(values)), values, color="tab:blue", height=0.65)
    axes.bar_label(bars, fmt="%.2f", padding=4)
    axes.set_yticks(range(len(values)), titles)
    axes.invert_yaxis()
    axes.set_xlim(0, max(1.0, 1.1 * max(values)))
    axes.set_xlabel(f"share of the variance of the ranks of {figure_text(summary.monitor)}{summary.importance_note}")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
