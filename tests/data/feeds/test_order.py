from __future__ import annotations

import itertools

import numpy as np
import pytest
from golden import raises

from kpipe.data.feeds.order import order
from kpipe.errors import ArgumentError

#: By (seed, epoch), for 8 samples.
GOLDEN = {(0, 0): [5, 0, 6, 1, 7, 2, 4, 3], (7, 3): [4, 3, 5, 6, 0, 7, 1, 2]}


@pytest.mark.parametrize("count", [0, 1, 2, 7, 1000])
def test_every_sample_once(count: int) -> None:
    found = order(count, seed=3, epoch=2)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(np.sort(found), np.arange(count))


def test_the_order_never_changes() -> None:
    # Changing these numbers changes every run that should be reproducible.
    assert order(8, seed=0, epoch=0).tolist() == GOLDEN[0, 0]
    assert order(8, seed=7, epoch=3).tolist() == GOLDEN[7, 3]


def test_each_epoch_and_seed_has_its_own() -> None:
    pairs = list(itertools.product(range(6), range(6)))
    found = {tuple(order(50, seed, epoch).tolist()) for seed, epoch in pairs}
    assert len(found) == len(pairs)
    assert order(50, 1, 2).tolist() != order(50, 2, 1).tolist()


def test_every_permutation_is_as_likely() -> None:
    counts: dict[tuple[int, ...], int] = {}
    for epoch in range(6000):
        key = tuple(order(3, 0, epoch).tolist())
        counts[key] = counts.get(key, 0) + 1
    # Chi-square with 5 degrees of freedom stays below 20.5 in 999 of 1,000 cases.
    assert len(counts) == 6
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 20.5


def test_does_not_touch_the_global_generator() -> None:
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    order(10, 0, 0)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(
    "arguments",
    [
        (-1, 0, 0),
        (1, -1, 0),
        (1, 0, 2**64),
    ],
)
def test_refuses_what_is_out_of_range(arguments: tuple[int, int, int]) -> None:
    with raises(ArgumentError):
        order(*arguments)


def test_takes_the_largest_seed() -> None:
    assert len(order(3, 2**64 - 1, 2**64 - 1)) == 3
