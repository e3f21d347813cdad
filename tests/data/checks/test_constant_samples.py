"""Tests of the message about images of a single color."""

import numpy as np
from golden import expect_messages

from kpipe.data.checks.constant_samples import constant_samples
from kpipe.data.checks.signatures import signatures
from tests.data.checks.samples import of_arrays, textured


def test_images_of_a_single_color():
    messages = []
    for positions in ([3], [0, 2, 3, 4, 5]):
        images = textured(6, 8)
        images[positions] = np.arange(len(positions))[:, None, None, None]
        samples = of_arrays(images[:4], images[4:])
        finding = constant_samples(samples, signatures(samples))
        assert (finding.name, finding.level, list(finding.samples)) == ("constant_samples", "notice", positions)
        messages.append(finding.message)
    expect_messages(messages)


def test_other_images():
    images = textured(6, 8)
    samples = of_arrays(images[:4], images[4:])
    assert constant_samples(samples, signatures(samples)) is None
