"""The check for samples whose values are all equal."""

from __future__ import annotations

import numpy as np

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.finding import Finding
from kpipe.data.checks.signatures import Signatures


def constant_samples(samples: CheckedSamples, found: Signatures) -> Finding | None:
    """Return the finding `constant_samples` if all pixels of an image are equal.

    Args:
        samples: the checked samples.
        found: their signatures.

    Example:
        >>> from kpipe.data.checks.signatures import signatures
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> dataset = ArrayDataset({"x": {"train": np.eye(20, 19, dtype="uint8")[..., None, None]}}, {}, {})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> constant_samples(samples, signatures(samples)).message[:70]
        '1 of 20 samples is an image of a single color: sample 19; remove damag'
    """
    positions = np.flatnonzero(found.constant)
    if not len(positions):
        return None
    what = "is an image of a single color" if len(positions) == 1 else "are images of a single color"
    return Finding(
        "constant_samples",
        "notice",
        f"{len(positions):,} of {len(samples.indices):,} samples {what}: {samples.listed(positions.tolist())}; remove "
        "damaged ones from the dataset",
        tuple(samples.indices[positions].tolist()),
    )
