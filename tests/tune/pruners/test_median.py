"""The median rule against hand-computed medians."""

import pytest

from kpipe.tune.pruners.median import Median


@pytest.mark.parametrize(
    ("curve", "others", "ends"),
    [
        ([0.3], [[0.2], [0.4], [0.6]], True),
        ([0.4], [[0.2], [0.4], [0.6]], False),
        ([0.3, 0.5], [[0.2, 0.2], [0.4, 0.4], [0.6, 0.6]], False),
        ([0.3, 0.1], [[0.2, 0.2], [0.4, 0.0], [0.6, 0.6]], False),
        ([0.1, 0.1], [[0.2, 0.2], [0.4, 0.0], [0.6, 0.6]], True),
        ([0.3], [[0.4], [0.6]], False),
        ([0.3, 0.3], [[0.4], [0.6], [0.7, 0.7]], False),
        ([None], [[0.2], [0.4], [0.6]], False),
        ([0.3], [[None], [0.4], [0.6]], False),
        ([0.3], [[None], [0.2], [0.4], [0.6]], True),
    ],
)
def test_decisions(curve, others, ends):
    assert Median(min_trials=3).ends(curve, others) is ends


def test_the_first_epochs_never_end_a_trial():
    assert not Median(after_epochs=2, min_trials=1).ends([0.1], [[0.9]])
    assert Median(after_epochs=2, min_trials=1).ends([0.1, 0.1], [[0.9, 0.9]])
