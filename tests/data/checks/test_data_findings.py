"""Tests of all checks together, on planted leaks of images, arrays and healthy data."""

import numpy as np
import pytest

from kpipe.data.checks.data_findings import data_findings
from kpipe.data.checks.remembered_arrays import RememberedArrays
from tests.data.checks.samples import of_arrays, textured


@pytest.fixture
def findings(tmp_path):
    return lambda samples: [
        (found.name, found.samples) for found in data_findings(samples, RememberedArrays(tmp_path / "remembered"))
    ]


def test_each_finding_once(findings):
    images = textured(60, 40)
    images[[50, 51]] = images[[3, 4]]
    images[52] = images[5, :, ::-1]
    images[9] = images[8]
    images[20] = 17
    labels = np.arange(60) % 2
    labels[[50, 51, 9]] = labels[[3, 4, 8]]
    labels[51] = 1 - labels[4]
    assert findings(of_arrays(images[:50], images[50:], labels)) == [
        ("leak", (50, 51)),
        ("near_leak", (52,)),
        ("contradictory_labels", (4, 51)),
        ("duplicates", (9,)),
        ("constant_samples", (20,)),
    ]


@pytest.mark.parametrize("size", [8, 40])
def test_healthy_images_have_no_findings(findings, size):
    images = textured(100, size)
    assert findings(of_arrays(images[:80], images[80:])) == []
