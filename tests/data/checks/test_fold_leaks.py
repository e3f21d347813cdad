"""Tests of the messages about samples that are in several folds."""

import numpy as np
from golden import expect_messages

from kpipe.data.checks.comparison import Comparison
from kpipe.data.checks.fold_leaks import fold_leaks
from kpipe.data.checks.near_pairs import NearPairs
from kpipe.data.checks.signatures import Signatures
from tests.data.checks.samples import of_arrays

SAMPLES = of_arrays(np.eye(20, 3), np.eye(4, 3))
FOLDS = [np.arange(first, 20, 3) for first in range(3)]


def compared(pairs=()):
    first, second, mirrored = np.array([*pairs], np.int64).reshape(-1, 3).T
    return Comparison(
        Signatures(np.arange(24, dtype=np.uint64), np.zeros(24, bool)), NearPairs(first, second, mirrored.astype(bool))
    )


def test_copies_in_other_folds():
    groups = [np.array([0, 3, 21]), np.array([1, 2]), np.array([4, 6, 7])]
    (finding,) = fold_leaks(SAMPLES, compared(), groups, FOLDS)
    assert (finding.name, finding.level, finding.samples) == ("leak", "warning", (1, 2, 4, 6, 7))
    near = list(fold_leaks(SAMPLES, compared([(0, 1, 0), (1, 8, 1), (2, 3, 0), (2, 5, 0), (9, 22, 0)]), groups, FOLDS))
    assert [(finding.name, finding.samples) for finding in near] == [
        ("leak", (1, 2, 4, 6, 7)),
        ("near_leak", (0, 3, 8)),
    ]
    expect_messages(finding.message for finding in near)


def test_without_folds_nothing_is_found():
    assert list(fold_leaks(SAMPLES, compared(), [np.array([1, 2])], [])) == []
