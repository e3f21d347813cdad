"""Plots of curves as inline SVG."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from kpipe.messages.counted import counted
from kpipe.messages.metrics_text import number
from kpipe.report.pages.axis import Axis
from kpipe.report.pages.curve import Curve, Point
from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup

#: The size of the plot with its labels, and that of the area of the curves, in units of about a pixel.
_WIDTH, _HEIGHT = 460, 270
#: The part of the horizontal axis that is empty at both ends, for dots.
_MARGIN = 0.015
#: The most curves all of whose first values are inside of the axis; a run can diverge at once.
_FEW = 4
_LEFT, _TOP = 66, 10
_AREA = (_WIDTH - _LEFT - 10, _HEIGHT - _TOP - 42)


def curve_plot(title: str, curves: Sequence[Curve], x_label: str = "epoch", ends: Sequence[float] = ()) -> Markup:
    """Return a plot of curves with axes that fit their values; see `Axis.of`.

    The script of the page shows the value of the nearest point under the pointer, and without it the name of a curve.

    Args:
        title: the title, such as the name of a metric.
        curves: the curves; later ones are drawn over earlier ones.
        x_label: the label of the horizontal axis, by default `epoch`.
        ends: the epochs or steps after which a vertical line is drawn, as at the ends of stages; by default none.

    Example:
        >>> plot = curve_plot("loss", [Curve("run 1", [1, 2], [0.5, 0.25], "red")])
        >>> plot.startswith("<figure"), "<title>run 1</title>" in plot, "<figcaption>loss</figcaption>" in plot
        (True, True, True)
    """
    places = [float(place) for curve in curves for place in curve.x]
    values = [value for curve in curves for value in curve.y if value is not None]
    limits = min(places, default=0.0), max(places, default=1.0)
    margin = _MARGIN * (limits[1] - limits[0]) or 0.5
    x_axis = Axis(limits[0] - margin, limits[1] + margin)
    y_axis = Axis.of(values, _usual_starts(curves))
    area = element(
        "svg",
        *(_end(end, x_axis) for end in ends),
        *(_curve(curve, x_axis, y_axis) for curve in curves),
        *(_dot(curve, x_axis, y_axis) for curve in curves),
        x=_LEFT, y=_TOP, width=_AREA[0], height=_AREA[1], viewBox=f"0 0 {_AREA[0]} {_AREA[1]}",
    )  # fmt: skip
    drawing = element(
        "svg", _grid(x_axis, y_axis, x_label), area,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=title, class_="plot",
        data_x=f"{x_axis.low!r} {x_axis.high!r}", data_y=f"{y_axis.low!r} {y_axis.high!r}", data_log=y_axis.is_log,
        data_area=f"{_LEFT} {_TOP} {_AREA[0]} {_AREA[1]}",
    )  # fmt: skip
    notes = [element("p", text, class_="note") for text in _notes(values, y_axis)]
    return element("figure", element("figcaption", title), drawing, *notes, class_="curves")


def _usual_starts(curves: Sequence[Curve]) -> list[float]:
    """Return the first values of the curves, which are inside of the axis, or their quartiles if there are many."""
    segments = [found for curve in curves if (found := curve.segments())]
    starts = [found[0][0][1] for found in segments]
    return statistics.quantiles(starts, n=4, method="inclusive") if len(starts) > _FEW else starts


def _notes(values: Sequence[float], axis: Axis) -> list[str]:
    finite = [value for value in values if math.isfinite(value)]
    outside = sum(not axis.low <= value <= axis.high for value in finite)
    notes = ["no finite values"] if not finite else []
    if outside:
        notes.append(f"{counted(outside, 'value')} outside of the axis, up to {number(max(finite, key=abs))}")
    if lost := len(values) - len(finite):
        notes.append(f"{counted(lost, 'value')} not finite")
    return notes


def _place(point: Point, x_axis: Axis, y_axis: Axis) -> tuple[float, float]:
    return x_axis.position(point[0]) * _AREA[0], (1 - y_axis.position(point[1])) * _AREA[1]


def _curve(curve: Curve, x_axis: Axis, y_axis: Axis) -> Markup:
    steps = []
    segments = [[point] for point in curve.points()] if curve.is_points else curve.segments()
    for segment in segments:
        points = [_place(point, x_axis, y_axis) for point in segment]
        steps.append("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points))
        if len(points) == 1:
            steps.append("h0")  # which a round end of the line shows as a dot
    are_dots = all(len(part) == 1 for part in segments) and not curve.is_points
    kinds = {"points": curve.is_points, "dashed": curve.is_dashed, "strong": curve.is_strong, "dots": are_dots}
    return element(
        "path",
        element("title", curve.name),
        d="".join(steps),
        class_=" ".join(["curve", *(kind for kind, holds in kinds.items() if holds)]),
        data_run=curve.run,
        style=f"--color:{curve.color}",
    )


def _end(end: float, x_axis: Axis) -> Markup:
    x = f"{x_axis.position(end + 0.5) * _AREA[0]:.2f}"
    return element("line", x1=x, x2=x, y1=0, y2=_AREA[1], class_="end")


def _dot(curve: Curve, x_axis: Axis, y_axis: Axis) -> Markup:
    point = curve.marked()
    if point is None:
        return Markup()
    x, y = _place(point, x_axis, y_axis)
    return element(
        "circle", cx=f"{x:.2f}", cy=f"{y:.2f}", r=3.5, class_="dot", data_run=curve.run, style=f"--color:{curve.color}"
    )


def _grid(x_axis: Axis, y_axis: Axis, x_label: str) -> Markup:
    """Return the lines of the grid with their labels, which are outside of the area of the curves."""
    right, bottom = _LEFT + _AREA[0], _TOP + _AREA[1]
    parts = []
    for tick in y_axis.ticks():
        y = f"{_TOP + (1 - y_axis.position(tick)) * _AREA[1]:.1f}"
        parts.append(element("line", x1=_LEFT, x2=right, y1=y, y2=y))
        parts.append(element("text", f"{tick:g}", x=_LEFT - 7, y=y, class_="left"))
    for tick in x_axis.ticks():
        if tick.is_integer():
            x = f"{_LEFT + x_axis.position(tick) * _AREA[0]:.1f}"
            parts.append(element("line", x1=x, x2=x, y1=bottom, y2=bottom + 4))
            parts.append(element("text", f"{tick:g}", x=x, y=bottom + 17, class_="below"))
    parts.append(element("text", x_label, x=_LEFT + _AREA[0] / 2, y=_HEIGHT - 7, class_="below"))
    return element("g", *parts, class_="grid")
