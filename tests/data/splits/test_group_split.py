import numpy as np
import pytest
from golden import raises

from kpipe.data.splits.group_codes import GroupCodes
from kpipe.data.splits.group_split import group_split
from kpipe.data.splits.strata import Strata
from kpipe.errors import ArgumentError


def groups_of(codes):
    return GroupCodes(np.asarray(codes), int(np.max(codes)) + 1)


def strata_of(labels):
    return Strata("y", tuple("abcdef"), np.asarray(labels))


@pytest.mark.parametrize("fraction", [0.05, 0.1, 0.25, 0.3, 0.4, 0.5, 0.75, 0.9])
def test_equal_groups_reach_the_fraction(fraction):
    """100 groups of 3 samples, each with all classes: every fraction with at most 20 folds is reached exactly."""
    groups, strata = groups_of(np.repeat(np.arange(100), 3)), strata_of(np.tile([0, 1, 2], 100))
    chosen = group_split("test", fraction, groups, strata, 0)
    assert chosen.mean() == pytest.approx(fraction, abs=1e-12)
    assert groups.within(chosen) + groups.within(~chosen) == 100


def test_the_choice_is_the_closest_of_the_folds():
    rng = np.random.default_rng(0)
    groups, strata = groups_of(rng.choice(50, 1000, p=rng.dirichlet(np.ones(50)))), strata_of(rng.integers(0, 3, 1000))
    folds = groups.folds(10, strata, 4)
    shares = np.bincount(folds) / 1000
    assert len(set(shares.tolist())) > 2
    assert abs(group_split("test", 0.1, groups, strata, 4).mean() - 0.1) == np.abs(shares - 0.1).min()


def test_small_fractions_of_few_groups():
    groups = groups_of([0, 0, 0, 1, 1, 2])
    assert group_split("test", 0.01, groups, None, 0).sum() in (1, 2, 3)
    chosen = group_split("test", 0.99, groups, None, 0)
    assert not chosen.all()
    assert groups.within(~chosen) == 1


def test_each_class_is_in_both_parts():
    """Class b is in two of twelve groups, so it is in the part only if one of them is."""
    codes = np.repeat(np.arange(12), 4)
    labels = np.where(np.isin(codes, [3, 8]) & (np.arange(48) % 4 == 0), 1, 0)
    for seed in range(5):
        chosen = group_split("validation", 0.5, groups_of(codes), strata_of(labels), seed)
        assert set(labels[chosen]) == set(labels[~chosen]) == {0, 1}


@pytest.mark.parametrize(
    ("codes", "labels"),
    [
        ([0, 0, 0, 0], [0, 1, 0, 1]),
        ([0, 0, 1, 1, 2, 2], [0, 0, 0, 0, 1, 1]),
        ([0, 1, 2, 2, 3, 4, 5, 5, 6, 7], [0, 0, 1, 2, 0, 0, 1, 2, 3, 3]),
    ],
    ids=["one group", "a class in one group", "no choice"],
)
def test_groups_that_cannot_be_split(codes, labels):
    with raises(ArgumentError):
        group_split("test", 0.1, groups_of(codes), strata_of(labels), 0)
