import warnings

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold

from kpipe.data.splits.fast_group_folds import FastGroupFolds


def folds_of(splitter, labels, groups):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        return [held_out.tolist() for _, held_out in splitter.split(labels, labels, groups)]


@pytest.mark.parametrize("classes", [1, 2, 10])
@pytest.mark.parametrize("number", [2, 5, 12])
@pytest.mark.parametrize("evenness", [0.3, 50])
def test_the_folds_are_scikit_learns(number, classes, evenness):
    """Groups of equal and of very different sizes; ties are broken in the same way."""
    rng = np.random.default_rng(number)
    groups = np.concatenate([np.arange(40), rng.choice(40, 300, p=rng.dirichlet(np.full(40, evenness)))])
    labels = rng.integers(0, classes, len(groups))
    for seed in range(2):
        fast, slow = (kind(number, shuffle=True, random_state=seed) for kind in (FastGroupFolds, StratifiedGroupKFold))
        assert folds_of(fast, labels, groups) == folds_of(slow, labels, groups)


def test_the_method_that_is_replaced_is_still_used(monkeypatch):
    """Otherwise the class is only as fast as that of scikit-learn."""
    calls = []
    monkeypatch.setattr(
        FastGroupFolds, "_find_best_fold", lambda self, **counts: calls.append(counts) or len(calls) % 2
    )
    folds_of(FastGroupFolds(2), np.arange(8) % 2, np.arange(8) // 2)
    assert len(calls) == 4
