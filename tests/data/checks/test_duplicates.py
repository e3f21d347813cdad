"""Tests of the message about copies within the training part."""

import numpy as np
from golden import expect_message

from kpipe.data.checks.duplicates import duplicates
from tests.data.checks.samples import of_arrays


def test_all_but_the_first_copy_count():
    samples = of_arrays(np.eye(10, 3), np.eye(2, 3))
    finding = duplicates(samples, [np.array([0, 4, 9, 10]), np.array([1, 11]), np.array([2, 3])])
    assert (finding.name, finding.level, finding.samples) == ("duplicates", "notice", (3, 4, 9))
    expect_message(finding.message)


def test_copies_in_another_part_are_not_among_them():
    assert duplicates(of_arrays(np.eye(10, 3), np.eye(2, 3)), [np.array([1, 11])]) is None
