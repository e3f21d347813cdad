import math
import re
from itertools import pairwise

import pytest

from kpipe.report.pages.curve import Curve
from kpipe.report.pages.curve_plot import curve_plot


def path_of(plot):
    """The points of the first curve as shares of the area, from the lower left corner."""
    width, height = map(float, re.search(r'data-area="\S+ \S+ (\S+) (\S+)"', plot).groups())
    return [(float(x) / width, 1 - float(y) / height) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path(plot))]


def path(plot):
    return re.search(r'<path d="(.*?)"', plot)[1]


def axis_of(plot):
    return tuple(map(float, re.search(r'data-y="(\S+) (\S+)"', plot).groups()))


def test_points_are_where_the_axes_say():
    plot = curve_plot("loss", [Curve("a", [1, 2, 3], [0.5, 0.75, 1.0], "red")])
    low, high = axis_of(plot)
    places = path_of(plot)
    # Coordinates have two digits after the point in an area 218 high.
    # 1.5 % of the distance of the ends is empty on both sides.
    assert [x for x, _ in places] == pytest.approx([0.015 / 1.03, 0.5, 1.015 / 1.03], abs=1e-4)
    assert [low + (high - low) * y for _, y in places] == pytest.approx([0.5, 0.75, 1.0], abs=1e-4)


def test_points_of_a_logarithmic_axis():
    plot = curve_plot("loss", [Curve("a", [1, 2, 3], [10.0, 1.0, 0.1], "red")])
    low, high = axis_of(plot)
    assert "data-log" in plot
    assert [low * (high / low) ** y for _, y in path_of(plot)] == pytest.approx([10.0, 1.0, 0.1], rel=1e-3)


def test_gaps_and_single_points():
    plot = curve_plot("loss", [Curve("a", [1, 2, 3], [0.5, math.nan, 1.0], "red")])
    assert re.fullmatch(r"M\S+ \S+h0M\S+ \S+h0", path(plot))
    assert 'class="curve dots"' in plot
    assert "1 value not finite" in plot


def test_values_far_outside_are_reported():
    values = [0.5, 0.6, 0.7, 0.8, -1e9]
    assert "1 value outside of the axis, up to -1.000e+09" in curve_plot("r2", [Curve("a", range(5), values, "red")])


def test_the_first_values_of_a_few_curves_are_inside():
    values = [0.1, *[0.9, 0.91, 0.92] * 10]
    assert axis_of(curve_plot("accuracy", [Curve("a", range(31), values, "red")]))[0] < 0.1
    many = [Curve("a", range(31), [-1e6 if index == 0 else 0.1, *values[1:]], "red") for index in range(9)]
    assert -1 < axis_of(curve_plot("r2", many))[0] < 0.1


def test_curves_without_values():
    assert "no finite values" in curve_plot("loss", [])
    assert "no finite values" in curve_plot("loss", [Curve("a", [], [], "red"), Curve("b", [1], [None], "red")])


def test_the_chosen_epoch_has_a_dot_and_a_run_its_number():
    plot = curve_plot("loss", [Curve("a", [1, 2], [0.5, 0.25], "red", is_dashed=True, run=7, mark=2)])
    assert plot.count("<circle") == 1
    assert plot.count('data-run="7"') == 2
    assert 'class="curve dashed"' in plot


def test_labels_of_the_axes_do_not_overlap_the_curves():
    plot = curve_plot("loss", [Curve("a", range(1, 61), [1 / x for x in range(1, 61)], "red")])
    labels = re.findall(r'<text x="(\S+)" y="(\S+)" class="(\w+)">', plot)
    left, top, _, height = map(float, re.search(r'data-area="(\S+) (\S+) (\S+) (\S+)"', plot).groups())
    assert all(float(x) < left for x, _, side in labels if side == "left")
    assert all(float(y) > top + height + 12 for _, y, side in labels if side == "below")
    places = sorted(float(y) for _, y, side in labels if side == "left")
    assert min(b - a for a, b in pairwise(places)) > 14


def test_ends_are_lines_between_two_positions():
    curves = [Curve("a", [1, 2, 3, 4], [0.5, 0.75, 1.0, 0.5], "red")]
    plot = curve_plot("loss", curves, ends=[1, 3])
    width = float(re.search(r'data-area="\S+ \S+ (\S+) ', plot)[1])
    places = [float(x) / width for x in re.findall(r'<line x1="(\S+)" x2="\1" [^>]*class="end"', plot)]
    assert places == pytest.approx([(0.5 + 0.045) / 3.09, (2.5 + 0.045) / 3.09], abs=1e-4)
    assert 'class="end"' not in curve_plot("loss", curves)
