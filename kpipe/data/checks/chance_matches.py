"""The number of equal rows that is expected by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kpipe.data.checks.feature_hashes import Hashes

#: Most features that are left out, those with the most distinct values.
MOST_FEATURES = 16

#: Least ratio of pairs that agree in a feature to pairs of equal rows, for a comparison with other features.
_LEAST_RATIO = 10


def chance_matches(total: Hashes, feature: Callable[[int], Hashes], features: Sequence[int]) -> float:
    """Return an upper estimate of the number of pairs of equal rows that are no copies.

    Rows of a few discrete columns are equal by chance, and so are most of their values in pairs that differ in one
    column; copies agree in all columns at once. For feature j, let d be the number of pairs of rows that differ in
    this feature alone, and c the probability that its values in two rows agree. Such pairs agree in feature j too with
    the odds c / (1 - c), or more if it depends on the others. The estimate is d max(1, c / (1 - c)), for the feature
    with the largest value of it. Features that determine each other are left out together.

    Args:
        total: the sum of the hashes of each row, from `FeatureHashes` (n,).
        feature: a function that returns the hashes (n,) of a feature.
        features: the features to leave out.

    Example:
        >>> from kpipe.data.checks.feature_hashes import FeatureHashes
        >>> table = np.random.default_rng(0).integers(0, 3, (100, 3))
        >>> hashes = FeatureHashes().of(table)
        >>> estimate = chance_matches(hashes.sum(axis=1), lambda index: hashes[:, index], range(3))
        >>> equal_pairs(hashes.sum(axis=1)) < 2 * estimate
        True
    """
    estimates = [0.0]
    equal, pairs = equal_pairs(total), len(total) * (len(total) - 1) / 2
    for group in _equivalent(feature, features, equal):
        left_out = np.sum([feature(index) for index in group], axis=0, dtype=np.uint64)
        alike = equal_pairs(feature(group[0])) / pairs
        differing = equal_pairs(total - left_out) - equal
        estimates.append(differing * max(1.0, alike / (1 - alike)) if alike < 1 else 0.0)
    return max(estimates)


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
