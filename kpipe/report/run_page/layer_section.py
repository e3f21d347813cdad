"""The statistics of layers of a run on its page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from kpipe.report.pages.curve import Curve
from kpipe.report.pages.curve_plot import curve_plot
from kpipe.report.pages.data_table import Cell, data_table
from kpipe.report.pages.element import element
from kpipe.report.pages.legend import legend
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.pages.series_color import MOST_SERIES, ranked_color, series_color
from kpipe.report.run_page.plots import Plot
from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.stage_ends import stage_ends

_COLUMNS = ("path", "mean", "deviation", "dead", "saturated")
_POSITIONS = ("step", "epoch", "layer")


def layer_section(record: RunRecord) -> Iterator[Markup]:
    """Yield the statistics of the layers at the end, and their curves if the run measured them.

    Args:
        record: what the folder of the run contains.
    """
    layers = record.evidence.get("layers") or []
    parts = []
    if layers:
        rows: list[list[Cell]] = [
            [str(entry.get("layer")), *(entry.get(name) for name in _COLUMNS)] for entry in layers
        ]
        parts.append(data_table(["layer", *_COLUMNS], rows))
    plots = layer_plots(record.layers, stage_ends(record)["step"])
    if plots:
        names = dict.fromkeys(curve.name for plot in plots for curve in plot.curves)
        colors = {curve.name: curve.color for plot in plots for curve in plot.curves}
        shown = list(names) if len(names) <= MOST_SERIES else [next(iter(names)), list(names)[-1]]
        parts.append(legend([(name, colors[name], False) for name in shown]))
        kind = "plots many" if len(names) > MOST_SERIES else "plots"
        parts.append(
            element(
                "div", *(curve_plot(plot.title, plot.curves, plot.x_label, plot.ends) for plot in plots), class_=kind
            )
        )
    if parts:
        note = (
            "The outputs of each layer on a batch of the training part at the end: mean, standard deviation, the share "
            "of units that are always zero, and of outputs near the ends of their range."
        )
        yield section("Layers", *parts, note=note if layers else "")


def layer_plots(rows: Sequence[Mapping[str, str]], ends: Sequence[float] = ()) -> list[Plot]:
    """Return a plot for each statistic of `layers.csv`, with a curve for each layer.

    Args:
        rows: the rows of the file.
        ends: the last steps of stages, by default none.
    """
    layers = list(dict.fromkeys(row["layer"] for row in rows))
    count = len(layers)
    found = []
    for name in rows[0] if rows else {}:
        if name in _POSITIONS:
            continue
        curves = []
        for index, layer in enumerate(layers):
            own = [row for row in rows if row["layer"] == layer]
            values = [_number(row[name]) for row in own]
            if any(value is not None for value in values):
                # The color of many layers is their depth.
                color = series_color(index) if count <= MOST_SERIES else ranked_color(count - 1 - index, count)
                steps = [_number(row["step"]) or math.nan for row in own]
                curves.append(Curve(layer, steps, values, color, run=index))
        if curves:
            found.append(Plot(name.replace("_", " "), curves, "step", ends))
    return found


def _number(cell: str) -> float | None:
    if not cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return math.nan
