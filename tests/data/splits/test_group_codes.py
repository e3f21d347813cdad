import numpy as np

from kpipe.data.splits.group_codes import GroupCodes
from kpipe.data.splits.strata import Strata
from tests.data.splits.labelled import dataset


def test_groups_are_those_of_the_samples():
    data = dataset([0, 1, 0, 1], groups=["b", "a", "b", "c"])
    groups = GroupCodes.of(data, np.array([0, 2, 3]))
    assert (groups.codes.tolist(), groups.count) == ([0, 0, 1], 2)
    assert GroupCodes.of(dataset([0, 1]), np.arange(2)) is None


def test_groups_per_class():
    groups, strata = GroupCodes(np.array([0, 0, 1, 2, 2]), 3), Strata("y", ("a", "b", "c"), np.array([0, 0, 0, 2, 0]))
    assert groups.per_class(strata).tolist() == [3, 0, 1]


def test_classes_with_fewer_samples_than_folds_give_no_warning():
    groups, strata = GroupCodes(np.arange(8), 8), Strata("y", ("a", "b"), np.array([0] * 7 + [1]))
    assert sorted(np.bincount(groups.folds(4, strata, 0)).tolist()) == [2, 2, 2, 2]
