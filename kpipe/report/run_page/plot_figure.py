"""The plots of a run as figures of Matplotlib."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from kpipe.report.pages import page
from kpipe.report.pages.axis import Axis
from kpipe.report.pages.curve import Curve
from kpipe.report.run_page.plots import Plot
from kpipe.tune.results.figure_text import figure_text

#: The most curves with an entry in the legend.
_MOST_NAMES = 10


def plot_figure(plot: Plot) -> Any:
    """Return a plot of a run as a figure, with the axes and the colors of its page in the light mode.

    Args:
        plot: the plot.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(6.4, 4), dpi=110, layout="constrained")
    axes = figure.subplots()
    for index, curve in enumerate(plot.curves):
        _draw(axes, curve, _color(curve.color, index, len(plot.curves)))
    for end in plot.ends:
        axes.axvline(end + 0.5, color="0.6", linestyle=":", linewidth=1)
    vertical = Axis.of([value for curve in plot.curves for value in curve.y if value is not None])
    axes.set_yscale("log" if vertical.is_log else "linear")
    axes.set_ylim(vertical.low, vertical.high)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(plot.x_label)
    axes.set_title(figure_text(plot.title, 60), loc="left", fontsize=11, fontweight="bold")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if 1 < len(axes.get_legend_handles_labels()[1]) <= _MOST_NAMES:
        axes.legend(frameon=False, fontsize=8)
    return figure


def _draw(axes: Any, curve: Curve, color: Any) -> None:
    name = figure_text(curve.name, 60)
    # Matplotlib omits names that begin with an underscore.
    name = f" {name}" if name.startswith("_") else name
    if curve.is_points:
        points = curve.points()
        axes.plot([x for x, _ in points], [y for _, y in points], ".", color=color, alpha=0.4, markersize=4, label=name)
        return
    style = {"color": color, "linestyle": "--" if curve.is_dashed else "-", "linewidth": 2 if curve.is_strong else 1.5}
    for number, segment in enumerate(curve.segments()):
        marker = "o" if len(segment) == 1 else None
        label = name if number == 0 else None
        axes.plot([x for x, _ in segment], [y for _, y in segment], marker=marker, markersize=4, label=label, **style)
    if (mark := curve.marked()) is not None and math.isfinite(mark[1]):
        axes.plot(*mark, "o", color=color, markerfacecolor="white", markersize=7)


def _color(color: str, index: int, count: int) -> Any:
    """Return a color of a page; the shades of many curves are those of a color map."""
    found = re.fullmatch(r"var\(--(series-\d+)\)", color)
    if found is None:
        import matplotlib

        return matplotlib.colormaps["viridis"](index / max(count - 1, 1))
    style = Path(page.__file__).with_name("style.css").read_text(encoding="utf-8")
    value = re.search(rf"--{found[1]}: (#\w+)", style)
    return None if value is None else value[1]
