import numpy as np
import pytest
from golden import expect_messages, raises

from kpipe.data.dataset import Target
from kpipe.data.splits.split import split
from kpipe.errors import ArgumentError
from tests.data.splits.labelled import Labelled, dataset

THREE = np.repeat([0, 1, 2], [50, 30, 20])


def test_shares_are_of_all_and_of_what_remains():
    parts = split(dataset(THREE), validation=0.1, test=0.2, seed=0)
    assert {part: len(indices) for part, indices in parts.items()} == {"train": 72, "validation": 8, "test": 20}
    assert list(parts) == ["train", "validation", "test"]
    together = np.concatenate(list(parts.values()))
    assert sorted(together.tolist()) == list(range(100))
    assert all((np.diff(indices) > 0).all() for indices in parts.values())


def test_stratified_exactly():
    parts = split(dataset(THREE), validation=0.25, test=0.2, seed=3)
    assert np.bincount(THREE[parts["test"]]).tolist() == [10, 6, 4]
    assert np.bincount(THREE[parts["validation"]]).tolist() == [10, 6, 4]
    assert np.bincount(THREE[parts["train"]]).tolist() == [30, 18, 12]


def test_is_scikit_learns_split():
    from sklearn.model_selection import train_test_split

    left, taken = train_test_split(np.arange(100), test_size=20, random_state=5, stratify=THREE)
    parts = split(dataset(THREE), validation=0, test=0.2, seed=5)
    assert parts["test"].tolist() == sorted(taken)
    assert parts["train"].tolist() == sorted(left)
    assert "validation" not in parts


def test_the_seed_decides():
    first, again, other = (split(dataset(THREE), 0.2, 0.2, seed)["test"].tolist() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_fixed_parts_stay():
    fixed = {"train": np.arange(60), "test": np.arange(60, 100)}
    parts = split(dataset(np.arange(100) % 3, fixed), validation=0.1, test=0.5, seed=0)
    assert parts["test"].tolist() == list(range(60, 100))
    assert len(parts["validation"]) == 6
    both = {"train": np.arange(60), "validation": np.arange(60, 80), "test": np.arange(80, 100)}
    parts = split(dataset(np.arange(100) % 3, both), validation=0.1, test=0.5, seed=0)
    assert [len(indices) for indices in parts.values()] == [60, 20, 20]


def test_test_share_counts_a_fixed_validation_part():
    fixed = {"train": np.arange(80), "validation": np.arange(80, 100)}
    parts = split(dataset(np.arange(100) % 2, fixed), validation=0.1, test=0.1, seed=0)
    assert [len(parts[part]) for part in ("train", "validation", "test")] == [70, 20, 10]


def test_regression_is_split_at_random():
    parts = split(dataset(np.linspace(0, 1, 50), task="regression"), 0.2, 0.2, 0)
    assert [len(indices) for indices in parts.values()] == [32, 8, 10]


def test_the_first_class_target_is_the_one_that_counts():
    labels = {"price": np.linspace(0, 1, 100), "kind": THREE}
    targets = {
        "price": Target("price", "regression", None, ()),
        "kind": Target("kind", "classification", ("a", "b", "c"), ()),
    }
    parts = split(Labelled({}, targets, labels, {"train": np.arange(100)}), 0, 0.2, 0)
    assert np.bincount(THREE[parts["test"]]).tolist() == [10, 6, 4]


def test_without_shares_everything_trains():
    assert list(split(dataset([0, 1]), 0, 0, 0)) == ["train"]


@pytest.mark.parametrize(
    ("labels", "validation", "test"),
    [
        ([0, 0, 0, 0, 0, 0, 1, 1, 1, 2], 0.4, 0),
        ([0, 0, 0, 0, 1, 2], 0.4, 0),
        ([0, 0, 1, 1], 0.1, 0),
        ([0, 0, 1, 1], 0, 0.9),
        (THREE[::5], 0.1, 0),
    ],
)
def test_what_cannot_be_split(labels, validation, test):
    with raises(ArgumentError):
        split(dataset(labels), validation, test, 0)


@pytest.mark.parametrize(
    ("validation", "test", "seed", "argument"),
    [(1.0, 0, 0, "validation"), (0, -0.1, 0, "test"), (0.1, 0, -1, "seed"), (0.1, 0, 2**32, "seed")],
)
def test_arguments(validation, test, seed, argument):
    with pytest.raises(ArgumentError) as caught:
        split(dataset(THREE), validation, test, seed)
    assert caught.value.argument == argument


def test_folds_are_of_what_the_test_part_leaves():
    data = dataset(THREE)
    test = split(data, 0.1, 0.2, 7)["test"]
    held_out = []
    for fold in range(1, 5):
        parts = split(data, 0, 0.2, 7, folds=4, fold=fold)
        np.testing.assert_array_equal(parts["test"], test)
        np.testing.assert_array_equal(np.sort(np.concatenate([*parts.values()])), np.arange(100))
        assert np.bincount(THREE[parts["validation"]]).tolist() == [10, 6, 4]
        held_out += parts["validation"].tolist()
    assert sorted(held_out) == sorted(set(range(100)) - set(test.tolist()))


def test_the_test_part_of_a_source_is_in_no_fold():
    fixed = {"train": np.arange(60), "test": np.arange(60, 100)}
    parts = split(dataset(np.arange(100) % 3, fixed), 0, 0.5, 0, folds=3, fold=2)
    assert parts["test"].tolist() == list(range(60, 100))
    assert len(parts["validation"]) == 20


def test_groups_are_in_one_part():
    rng = np.random.default_rng(0)
    groups, said = rng.integers(0, 40, 400), []
    labels = rng.integers(0, 3, 400)
    parts = split(dataset(labels, groups=groups), 0.2, 0.15, 0, say=said.append)
    found = [set(groups[indices].tolist()) for indices in parts.values()]
    assert sum(map(len, found)) == len(set.union(*found)) == 40
    assert sum(map(len, parts.values())) == 400
    for part, line in zip(("test", "validation"), said, strict=True):
        total = 400 if part == "test" else 400 - len(parts["test"])
        assert f"{len(parts[part]) / total:.3f} of the samples" in line
    expect_messages(said)


def test_groups_of_several_parts_of_a_source_are_reported():
    fixed = {"train": np.arange(6), "test": np.arange(6, 10)}
    said = []
    split(dataset(np.arange(10) % 2, fixed, groups=list("aabbccccde")), 0, 0, 0, say=said.append)
    expect_messages(said, 1)


@pytest.mark.parametrize(
    ("parts", "settings"),
    [
        ({"train": np.arange(60), "validation": np.arange(60, 100)}, {"folds": 5}),
        (None, {"folds": 1}),
        (None, {"folds": 5, "fold": 6}),
        (None, {"folds": 5, "fold": 0}),
    ],
    ids=["validation part", "one fold", "above", "below"],
)
def test_folds_that_are_not_possible(parts, settings):
    with raises(ArgumentError):
        split(dataset(THREE, parts), 0, 0, 0, **settings)


def test_a_share_of_all_can_leave_nothing_of_what_the_source_leaves():
    fixed = {"train": np.arange(20), "validation": np.arange(20, 100)}
    with raises(ArgumentError):
        split(dataset(np.arange(100) % 2, fixed, groups=np.arange(100) // 2), 0, 0.5, 0)
