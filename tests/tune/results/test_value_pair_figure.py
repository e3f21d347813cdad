import matplotlib
import numpy as np
import pytest
from matplotlib.colors import Normalize

from kpipe.tune.results.value_pair_figure import value_pair_figure
from tune.results.summaries import lines, small, summary_of, trial, values


@pytest.mark.parametrize(("mode", "colors"), [("max", "viridis"), ("min", "viridis_r")])
def test_the_color_is_the_score(mode, colors):
    summary = small(mode)
    axes = value_pair_figure(summary).axes[0]
    scored, pruned = axes.collections
    assert scored.get_offsets().tolist() == [[1e-3, 1e-1], [1e-2, 1e1], [1e-2, 1e-2]]
    assert pruned.get_offsets().tolist() == [[1e-4, 1e-3]]
    expected = matplotlib.colormaps[colors](
        Normalize(*summary.score_range)([0.5, 0.6, 0.8] * np.array(1 if mode == "max" else -1))
    )
    np.testing.assert_allclose(scored.get_facecolor(), expected)
    assert len(pruned.get_facecolor()) == 0
    # Bright is good.
    brightness = expected[:, :3].sum(axis=1)
    assert (np.diff(brightness) > 0).all()
    assert lines(axes, "failed") == [[(1.0, 1e3)]]
    (best,) = [line for line in axes.lines if line.get_label().startswith("best: trial 5")]
    assert (*best.get_xdata(), *best.get_ydata()) == (1e-2, 1e-2)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_the_two_most_important_values_are_shown():
    generator = np.random.default_rng(0)
    trials = []
    for number in range(1, 31):
        a, b = generator.random(2)
        size = int(generator.choice([32, 64, 128]))
        trials.append(trial(number, values(10 ** (4 * a - 4), 10 ** (10 * b - 5), size), [-size - 30 * b]))
    axes = value_pair_figure(summary_of(trials)).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("batch_size", "l2")


def test_values_that_exclude_each_other_are_not_a_pair():
    text = "o: {Choice: [{SGD: {rate: {Log: [1e-3, 1]}}}, {Adam: {rate: {Log: [1e-3, 1]}}}]}\n"
    trials = [
        trial(1, {"o": "SGD", "o.SGD.rate": 0.1}, [0.5]),
        trial(2, {"o": "Adam", "o.Adam.rate": 0.1}, [0.5]),
        trial(3, {"o": "Adam", "o.Adam.rate": 0.2}, [0.6]),
    ]
    axes = value_pair_figure(summary_of(trials, text)).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("o", "Adam.rate")


def test_trials_without_both_values_are_counted():
    text = "o: {Choice: [{SGD: {rate: {Log: [1e-3, 1]}}}, Adam]}\n"
    trials = [trial(n, {"o": "SGD", "o.SGD.rate": n / 10}, [n / 10]) for n in (1, 2, 3)]
    trials.append(trial(4, {"o": "Adam"}, [0.2]))
    figure = value_pair_figure(summary_of(trials, text))
    assert "not shown: 1 without both values" in [text.get_text() for text in figure.legends[0].get_texts()]
    assert not any("not shown" in text.get_text() for text in value_pair_figure(small()).legends[0].get_texts())


def test_one_value_is_not_a_pair():
    trials = [trial(number, {"rate": number / 10}, [number / 10]) for number in (1, 2, 3)]
    assert value_pair_figure(summary_of(trials, "rate: {Uniform: [0, 1]}\n")) is None
