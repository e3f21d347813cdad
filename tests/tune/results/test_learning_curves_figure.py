import pytest

from kpipe.tune.results.learning_curves_figure import learning_curves_figure
from tune.results.summaries import lines, small, summary_of, trial, values


def test_each_trial_has_its_curve():
    axes = learning_curves_figure(small()).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "val_accuracy")
    curves = [[(float(x), float(y)) for x, y in zip(*line.get_data(), strict=True)] for line in axes.lines]
    # The worst one first; the best one is above the others.
    assert curves[:4] == [[(1, 0.4), (2, 0.5)], [(1, 0.6)], [(1, 0.45)], [(1, 0.8)]]
    (pruned,) = [line for line in axes.lines if line.get_label() == "pruned"]
    assert pruned.get_markerfacecolor() == "white"
    (failed,) = lines(axes, "failed (1)")
    assert failed == [(1, pytest.approx(0.03))]
    best = next(line for line in axes.lines if line.get_label() == "best: trial 5")
    assert best.get_linewidth() > 2 * axes.lines[0].get_linewidth()
    assert best.get_zorder() > axes.lines[0].get_zorder()


def test_executions_are_averaged_and_have_a_band():
    point = values(1e-2, 1, 32)
    best = trial(1, point, [0.8, 0.9], curves=[[0.5, None, 0.8], [0.7, 0.8, 0.9]])
    axes = learning_curves_figure(summary_of([best])).axes[0]
    (curve,) = lines(axes, "best: trial 1")
    assert curve == [(1, pytest.approx(0.6)), (3, pytest.approx(0.85))]
    assert {(float(x), float(y)) for x, y in axes.collections[0].get_paths()[0].vertices} == {
        (1, 0.5), (1, 0.7), (3, 0.8), (3, 0.9)
    }  # fmt: skip


def test_bad_curves_do_not_spoil_the_axis():
    trials = [trial(n, values(1e-2, n, 32), [n / 10], curves=[[n / 5, n / 10]]) for n in range(1, 9)]
    trials.append(trial(9, values(1e-1, 1, 32), [1e6], curves=[[1e9, 1e6]]))
    axes = learning_curves_figure(summary_of(trials, mode="min", monitor="val_loss")).axes[0]
    assert axes.get_ylim()[0] < 0.1
    assert 1.6 < axes.get_ylim()[1] < 2


def test_long_trials_do_not_hide_those_that_ended_early():
    curve = [0.5, 0.8, 0.9, 0.93, *[0.95] * 5]
    long = [trial(n, values(1e-2, n, 32), [0.95], curves=[curve]) for n in range(1, 4)]
    short = [trial(n, values(1e-1, n, 32), [n / 20], curves=[[n / 20]]) for n in range(4, 10)]
    axes = learning_curves_figure(summary_of([*long, *short])).axes[0]
    assert axes.get_ylim()[0] < 0.2


def test_dots_mark_the_epochs_from_which_the_scores_are():
    point = values(1e-2, 1, 32)
    best = trial(1, point, [0.9, 0.7], curves=[[0.5, 0.9, 0.8, 0.7], [0.5, 0.6, 0.7, 0.6]], best_epochs=[2, 3])
    other = trial(2, point, [0.6], curves=[[0.6, 0.5]], best_epochs=[1])
    pruned = trial(3, point, [0.4], status="pruned", curves=[[0.4, 0.3]], best_epochs=[1])
    axes = learning_curves_figure(summary_of([best, other, pruned])).axes[0]
    marked = {line.get_label(): line.get_markevery() for line in axes.lines}
    assert marked == {"best: trial 1": [1, 2], "trial": [0], "pruned": [1]}
