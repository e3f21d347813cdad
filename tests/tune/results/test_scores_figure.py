import pytest
from matplotlib.colors import to_hex

from kpipe.tune.results.marks import stage_color
from kpipe.tune.results.scores_figure import scores_figure
from tune.results.summaries import lines, small, summary_of, trial, values


@pytest.mark.parametrize("mode", ["max", "min"])
def test_each_trial_is_at_its_value_and_its_score(mode):
    sign = 1 if mode == "max" else -1
    figure = scores_figure(small(mode))
    rate, l2, batch_size = figure.axes
    assert [axes.get_xlabel() for axes in figure.axes] == ["learning_rate", "l2", "batch_size"]
    assert rate.get_ylabel() == "val_accuracy"
    assert (rate.get_xscale(), l2.get_xscale(), batch_size.get_xscale()) == ("log", "log", "linear")
    assert lines(rate, "stage 1") == [[(1e-2, sign * 0.6), (1e-3, sign * 0.5)]]
    assert lines(l2, "stage 2") == [[(1e-2, sign * 0.8)]]
    assert lines(l2, "pruned") == [[(1e-3, sign * 0.45)]]
    assert lines(rate, "best: trial 5") == [[(1e-2, sign * 0.8)]]


def test_options_are_columns_in_the_order_of_their_numbers():
    axes = scores_figure(small()).axes[2]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["32", "64", "128"]
    (((x, y), (x_of_other, _)),) = lines(axes, "stage 1")
    assert (round(x), y) == (1, 0.6)
    assert round(x_of_other) == 0
    assert abs(x - 1) <= 0.25


def test_marks_of_pruned_failed_and_bad_trials():
    good = [trial(number, values(1e-3, number, 32), [0.3 + number / 10]) for number in range(1, 8)]
    others = [
        trial(8, values(1e-2, 1e2, 32), [1e6]),
        trial(9, values(1e-1, 1e2, 64), status="failed"),
        trial(10, values(1e-2, 1e-2, 64), [0.9], status="pruned"),
    ]
    axes = scores_figure(summary_of([*good, *others], mode="min")).axes
    panel = next(entry for entry in axes if entry.get_xlabel() == "learning_rate")
    marks = {line.get_label(): line for line in panel.lines}
    # Losses: the bad edge is the upper one, in coordinates of the axis.
    assert lines(panel, "failed") == [[(1e-1, pytest.approx(0.96))]]
    assert lines(panel, "off the scale") == [[(1e-2, pytest.approx(0.96))]]
    assert (marks["failed"].get_marker(), marks["off the scale"].get_marker()) == ("x", "^")
    assert marks["pruned"].get_markerfacecolor() == "none"
    assert to_hex(marks["trial"].get_color()) == to_hex(stage_color(1))
    low, high = panel.get_ylim()
    assert low < 0.4
    assert 1 < high < 2
    assert panel.get_title(loc="right").startswith("importance ")


def test_the_axis_contains_values_beyond_the_range():
    trials = [trial(1, values(5.0, 1, 32), [0.5]), trial(2, values(1e-3, 1, 32), [0.6])]
    low, high = scores_figure(summary_of(trials)).axes[0].get_xlim()
    assert low < 1e-4
    assert high > 5


def test_deviations_are_bars():
    panel = scores_figure(small()).axes[0]
    (segment,) = panel.collections[0].get_segments()
    # The scores 0.7 and 0.9 have a standard deviation of 0.1 sqrt(2).
    assert segment[:, 1] == pytest.approx([0.8 - 0.02**0.5, 0.8 + 0.02**0.5])
    assert panel.get_ylim()[1] > segment[1, 1]


def test_parameters_without_trials_have_no_panel():
    text = "o: {Choice: [{SGD: {rate: {Log: [1e-3, 1]}}}, {Adam: {rate: {Log: [1e-3, 1]}}}]}\n"
    figure = scores_figure(summary_of([trial(1, {"o": "SGD", "o.SGD.rate": 0.1}, [0.5])], text))
    assert [axes.get_xlabel() for axes in figure.axes] == ["o", "SGD.rate"]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["SGD", "Adam"]
