"""All checks of the samples of a dataset."""

from __future__ import annotations

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.constant_samples import constant_samples
from kpipe.data.checks.contradictory_labels import contradictory_labels
from kpipe.data.checks.copies import copies
from kpipe.data.checks.duplicates import duplicates
from kpipe.data.checks.finding import Finding
from kpipe.data.checks.leaks import leaks
from kpipe.data.checks.signatures import signatures


def data_findings(samples: CheckedSamples) -> list[Finding]:
    """Return what the checks of the samples have found; nothing for healthy data.

    Args:
        samples: the checked samples.

    Raises:
        DataError: a sample cannot be read.

    Example:
        >>> import numpy as np
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> arrays = {"train": np.random.default_rng(0).normal(size=(9, 3))}
        >>> dataset = ArrayDataset({"x": {**arrays, "test": arrays["train"][:2]}}, {}, {})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> [(finding.name, finding.samples) for finding in data_findings(samples)]
        [('leak', (9, 10))]
    """
    found = signatures(samples)
    groups = copies(samples, found)
    single = (duplicates(samples, groups), constant_samples(samples, found))
    return [
        *leaks(samples, groups),
        *contradictory_labels(samples, groups),
        *(finding for finding in single if finding is not None),
    ]
