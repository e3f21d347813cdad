import numpy as np
import pytest
from golden import expect_messages, raises
from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold

from kpipe.data.splits.fold_split import fold_split
from kpipe.errors import ArgumentError
from tests.data.splits.labelled import dataset

LABELS = np.repeat([0, 1, 2], [53, 31, 16])
#: Ten patients with 7 to 13 samples.
PATIENTS = np.repeat(np.arange(10), [7, 8, 9, 10, 11, 12, 13, 10, 10, 10])
INDICES = np.arange(len(LABELS))


def held_out(splitter, labels, groups=None):
    return [fold.tolist() for _, fold in splitter.split(INDICES, labels, groups)]


def found(data, number, seed=0, say=None):
    return [fold.tolist() for fold in fold_split(data, INDICES, number, seed, say)]


def test_each_sample_is_held_out_once_and_classes_have_their_shares():
    folds = fold_split(dataset(LABELS), INDICES, 5, 0)
    np.testing.assert_array_equal(np.sort(np.concatenate(folds)), INDICES)
    for fold in folds:
        counts, shares = np.bincount(LABELS[fold], minlength=3), np.bincount(LABELS) / 5
        assert (np.abs(counts - shares) < 1).all()
        assert (np.diff(fold) > 0).all()


def test_they_are_scikit_learns():
    shuffled = {"shuffle": True, "random_state": 3}
    assert found(dataset(LABELS), 4, 3) == held_out(StratifiedKFold(4, **shuffled), LABELS)
    numbers = dataset(np.linspace(0, 1, 100), task="regression")
    assert found(numbers, 4, 3) == held_out(KFold(4, **shuffled), None)
    mixed = np.random.default_rng(0).permutation(LABELS)
    grouped = dataset(mixed, groups=PATIENTS)
    assert found(grouped, 4, 3) == held_out(StratifiedGroupKFold(4, **shuffled), mixed, PATIENTS)


def test_indices_of_a_part_are_those_of_the_dataset():
    data = dataset(LABELS, groups=PATIENTS)
    folds = fold_split(data, INDICES[::2], 2, 0)
    assert sorted(np.concatenate(folds).tolist()) == INDICES[::2].tolist()


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_groups_are_in_one_fold_and_the_shares_are_reported(task):
    said, labels = [], np.random.default_rng(1).permutation(LABELS)
    data = dataset(labels if task == "classification" else labels / 3, task=task, groups=PATIENTS)
    folds = fold_split(data, INDICES, 3, 0, said.append)
    groups = [set(PATIENTS[fold].tolist()) for fold in folds]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 10
    sizes = [len(fold) / 100 for fold in folds]
    assert f"{min(sizes):.3f} to {max(sizes):.3f}" in said[0]
    expect_messages(said, 1)


def test_equal_shares_are_reported_once():
    said = []
    data = dataset(np.arange(12) / 3, task="regression", groups=np.arange(12) // 2)
    fold_split(data, np.arange(12), 2, 0, said.append)
    expect_messages(said, 1)


def test_the_seed_decides():
    data = dataset(LABELS / 2, task="regression", groups=PATIENTS)
    assert found(data, 2, 1) == found(data, 2, 1) != found(data, 2, 2)
    assert found(dataset(LABELS), 2, 1) == found(dataset(LABELS), 2, 1) != found(dataset(LABELS), 2, 2)


@pytest.mark.parametrize(
    ("labels", "groups", "task", "folds"),
    [
        (LABELS[::10], None, "classification", 4),
        ([0, 0, 0, 1, 1, 2, 2, 2], None, "classification", 3),
        ([0, 0, 0, 1, 2, 2, 2, 2], None, "classification", 3),
        ([0.5, 0.6, 0.7], None, "regression", 4),
        ([0, 1] * 4, [0, 0, 0, 0, 1, 1, 1, 1], "classification", 3),
        ([0, 0, 0, 0, 0, 0, 1, 1, 1, 1], [0, 1, 2, 3, 4, 5, 6, 6, 6, 7], "classification", 3),
    ],
    ids=["rare", "two of a class", "one of a class", "numbers", "groups", "groups of a class"],
)
def test_more_folds_than_possible(labels, groups, task, folds):
    with raises(ArgumentError):
        fold_split(dataset(labels, task=task, groups=groups), np.arange(len(labels)), folds, 0)


def test_groups_that_leave_a_fold_without_a_class():
    """The rare class c is in three groups, two of which are needed in the same fold for the shares of a and b."""
    sizes = [(100, 100, 0), (100, 100, 0), (50, 50, 1), (50, 50, 1), (0, 0, 1)]
    labels = np.concatenate([np.repeat([0, 1, 2], counts) for counts in sizes])
    groups = np.repeat(np.arange(5), [sum(counts) for counts in sizes])
    with raises(ArgumentError):
        fold_split(dataset(labels, groups=groups), np.arange(len(labels)), 3, 0)
