import pytest

from kpipe.tune.results.importance_figure import importance_figure
from tune.results.summaries import small, summary_of, trial, values


def test_the_bars_are_the_importance_in_its_order():
    trials = [trial(n, values(1e-3, 10.0 ** (n % 5), 32), [n % 5]) for n in range(1, 21)]
    summary = summary_of(trials)
    axes = importance_figure(summary).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["l2", "learning_rate", "batch_size"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx(sorted(summary.importance.values())[::-1])
    low, high = axes.get_ylim()
    assert low > high, "the first bar is at the top"


@pytest.mark.parametrize(("count", "note"), [(29, "; rough, from 29 trials"), (30, "")])
def test_the_importance_of_few_trials_is_rough(count, note):
    summary = summary_of([trial(n, values(1e-3, 10.0 ** (n % 5), 32), [n % 5]) for n in range(1, count + 1)])
    assert summary.importance_note == note
    label = importance_figure(summary).axes[0].get_xlabel()
    assert label == f"share of the variance of the ranks of val_accuracy{note}"


def test_few_trials_have_no_figure():
    assert importance_figure(small()) is None
