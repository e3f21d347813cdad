import math

from matplotlib.colors import to_hex

from kpipe.report.pages.curve import Curve
from kpipe.report.run_page.plot_figure import plot_figure
from kpipe.report.run_page.plots import SAMPLE, TRAINING, VALIDATION, Plot


def axes_of(*curves):
    return plot_figure(Plot("loss $x$", curves)).axes[0]


def test_lines_have_the_values_and_colors_of_the_page():
    axes = axes_of(
        Curve("training", [1, 2, 3], [3.0, 2.0, 1.0], TRAINING, is_dashed=True),
        Curve("validation", [1, 2, 3], [3.0, math.nan, 2.0], VALIDATION, mark=3),
        Curve("_steps", [1, 2], [1.0, 2.0], SAMPLE, is_points=True),
    )
    training, first, second, mark, steps = axes.lines
    assert training.get_xydata().tolist() == [[1, 3], [2, 2], [3, 1]] and training.get_linestyle() == "--"
    assert [line.get_xydata().tolist() for line in (first, second, mark)] == [[[1, 3]], [[3, 2]], [[3, 2]]]
    assert steps.get_marker() == "." and steps.get_linestyle() == "None"
    assert [to_hex(line.get_color()) for line in (training, first, steps)] == ["#1f6fd1", "#d9560b", "#1a8a4c"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "validation", " _steps"]


def test_values_that_differ_widely_have_a_logarithmic_axis():
    assert axes_of(Curve("a", [1, 2], [1.0, 1000.0], TRAINING)).get_yscale() == "log"
    assert axes_of(Curve("a", [1, 2], [1.0, 2.0], TRAINING)).get_yscale() == "linear"


def test_many_layers_have_different_colors_and_no_legend():
    shades = [f"color-mix(in oklab, var(--best) {index}%, var(--worst))" for index in range(20)]
    axes = axes_of(*(Curve(f"layer {index}", [1, 2], [1.0, 2.0], shade) for index, shade in enumerate(shades)))
    assert len({to_hex(line.get_color()) for line in axes.lines}) == 20 and axes.get_legend() is None


def test_a_curve_without_finite_values():
    axes = axes_of(*[Curve("a", [1], [math.nan], TRAINING)] * 2)
    assert len(axes.lines) == 0 and axes.get_legend() is None


def test_the_ends_of_stages_are_lines():
    axes = plot_figure(Plot("loss", [Curve("a", [1, 2, 3], [3.0, 2.0, 1.0], TRAINING)], ends=[2])).axes[0]
    _, end = axes.lines
    assert [*end.get_xdata()] == [2.5, 2.5]
    assert axes.get_legend() is None
