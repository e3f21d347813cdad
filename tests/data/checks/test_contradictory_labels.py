"""Tests of the message about copies with different labels."""

import numpy as np
from golden import expect_messages

from kpipe.data.checks.contradictory_labels import contradictory_labels
from tests.data.checks.samples import of_arrays

GROUPS = [np.array([0, 1, 2]), np.array([3, 4])]


def test_groups_with_different_classes():
    samples = of_arrays(np.eye(4, 3), np.eye(1, 3), labels=[0, 0, 1, 1, 1])
    (finding,) = contradictory_labels(samples, GROUPS)
    assert (finding.name, finding.level, finding.samples) == ("contradictory_labels", "warning", (0, 1, 2))
    other = of_arrays(np.eye(16, 3), np.eye(1, 3), labels=np.arange(17) % 2)
    many = [np.array([2 * index, 2 * index + 1]) for index in range(8)]
    expect_messages([finding.message, *(entry.message for entry in contradictory_labels(other, many))])


def test_equal_labels():
    assert list(contradictory_labels(of_arrays(np.eye(4, 3), np.eye(1, 3)), GROUPS)) == []
