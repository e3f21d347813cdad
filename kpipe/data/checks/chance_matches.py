"""The number of equal rows that is expected by chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.checks.expected_ties import expected_ties
from kpipe.data.checks.feature_hashes import Hashes, mixed

#: Most features that are left out, those with the most distinct values.
MOST_FEATURES = 16

#: Least ratio of pairs that agree in a feature to pairs of equal rows, for a comparison with other features.
_LEAST_RATIO = 10


def chance_matches(
    total: Hashes, feature: Callable[[int], Hashes], features: Sequence[int], numbers: npt.NDArray[Any]
) -> float:
    """Return an upper estimate of the number of pairs of equal rows that are no copies.

    Equal rows agree in each feature, so that no more of them are expected than pairs that agree in the feature where
    the fewest do by chance: for feature j the estimate b is the number of pairs that agree in it and differ in
    others, or that `expected_ties` expects of its numbers. All pairs that agree in a category are expected.

    Rows of several discrete columns agree in all of them less often. Let d be the number of pairs of rows that differ
    in feature j alone, and c the probability that its values in two rows agree. Such pairs agree in feature j too with
    the odds c / (1 - c), or more if it depends on the others. The estimate is d max(1, c / (1 - c)), for the feature
    with the largest value of it; features that determine each other are left out together. Where each feature follows
    from others, no rows differ in one alone; with fewer than 16 features, the estimate is therefore at least that of
    independent features that together determine the row, the product of b / pairs. The smaller bound is returned.

    Args:
        total: the sum of the hashes of each row, from `FeatureHashes` (n,).
        feature: a function that returns the hashes (n,) of a feature.
        features: the features to leave out.
        numbers: the values of these features (features, n), NaN for categories.

    Example:
        >>> from kpipe.data.checks.feature_hashes import FeatureHashes
        >>> table = np.random.default_rng(0).integers(0, 3, (100, 3))
        >>> hashes = FeatureHashes().of(table)
        >>> estimate = chance_matches(hashes.sum(axis=1), lambda index: hashes[:, index], range(3), table.T)
        >>> equal_pairs(hashes.sum(axis=1)) < 2 * estimate
        True
    """
    equal, pairs = equal_pairs(total), len(total) * (len(total) - 1) / 2
    single = {}
    for place, index in enumerate(features):
        alike = equal_pairs(feature(index))
        is_numeric = np.isfinite(numbers[place]).any()
        single[index] = max(alike - equal, expected_ties(numbers[place])) if is_numeric else float(alike)
    bounds = [_left_out(total, feature, features)]
    if len(features) < MOST_FEATURES:
        bounds.append(pairs * math.prod(single[index] / pairs for index in _determining(feature, features, equal)))
    return min(*single.values(), max(bounds))


def _left_out(total: Hashes, feature: Callable[[int], Hashes], features: Sequence[int]) -> float:
    """Return the largest estimate from the pairs of rows that differ in one feature."""
    estimates = [0.0]
    equal, pairs = equal_pairs(total), len(total) * (len(total) - 1) / 2
    for group in _equivalent(feature, features, equal):
        left_out = np.sum([feature(index) for index in group], axis=0, dtype=np.uint64)
        alike = equal_pairs(feature(group[0])) / pairs
        differing = equal_pairs(total - left_out) - equal
        estimates.append(differing * max(1.0, alike / (1 - alike)) if alike < 1 else 0.0)
    return max(estimates)


def _determining(feature: Callable[[int], Hashes], features: Sequence[int], equal: int) -> list[int]:
    """Return few features in which only equal rows agree, each with the fewest pairs that agree in all of them."""
    chosen: list[int] = []
    total, alike = np.zeros(len(feature(features[0])), np.uint64), float("inf")
    while alike > equal and len(chosen) < len(features):
        others = [index for index in features if index not in chosen]
        counts = [equal_pairs(mixed(total) + feature(index)) for index in others]
        if min(counts) >= alike:
            break
        best = others[int(np.argmin(counts))]
        chosen, total, alike = [*chosen, best], mixed(total) + feature(best), min(counts)
    return chosen


def equal_pairs(hashes: Hashes) -> int:
    """Return the number of pairs of equal values.

    Example:
        >>> equal_pairs(np.array([7, 1, 7, 7], np.uint64))
        3
    """
    counts = np.unique(hashes, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def _equivalent(feature: Callable[[int], Hashes], features: Sequence[int], equal: int) -> list[list[int]]:
    """Return groups of features that determine each other, such as a temperature in two units.

    Features whose values agree in hardly more pairs than whole rows do determine all others, which means nothing.
    """
    groups: list[list[int]] = []
    pairs = {index: equal_pairs(feature(index)) for index in features}
    for index in features:
        for group in groups:
            together = feature(index) + np.uint64(3) * feature(group[0])
            if pairs[index] == pairs[group[0]] == equal_pairs(together) > _LEAST_RATIO * equal:
                group.append(index)
                break
        else:
            groups.append([index])
    return groups
