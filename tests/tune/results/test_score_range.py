import numpy as np
import pytest

from kpipe.tune.results.score_range import score_range


def test_usual_scores_are_all_inside():
    scores = np.linspace(0.1, 0.5, 30).tolist()
    low, high = score_range(scores, "max")
    # 6% of the range at both ends.
    assert (low, high) == pytest.approx((0.1 - 0.024, 0.5 + 0.024))
    assert score_range([-score for score in scores], "min") == pytest.approx((-high, -low))


@pytest.mark.parametrize("bad", [1, 10, 20])
def test_bad_scores_do_not_hide_the_others(bad):
    good = np.linspace(0.3, 1.0, 12).tolist()
    low, high = score_range([*good, *(1e3 * 10**number for number in range(bad))], "min")
    assert low == pytest.approx(0.3, abs=0.2)
    assert 1.0 < high < 5


def test_few_and_equal_scores():
    for scores in ([0.5], [0.5] * 9, [0.0]):
        low, high = score_range(scores, "max")
        assert low < scores[0] < high
    low, high = score_range([0.1, 0.9], "max")
    assert low < 0.1 < 0.9 < high


def test_the_best_score_is_inside_if_most_are_equal():
    low, high = score_range([0.1] * 20 + [0.5], "max")
    assert low < 0.1 < 0.5 < high
