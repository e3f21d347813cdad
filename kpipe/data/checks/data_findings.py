"""All checks of the samples of a dataset."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.data.cache.sample_store import Say, silent
from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.class_balance import class_balance
from kpipe.data.checks.comparison import comparison
from kpipe.data.checks.constant_samples import constant_samples
from kpipe.data.checks.contradictory_labels import contradictory_labels
from kpipe.data.checks.copies import copies
from kpipe.data.checks.duplicates import duplicates
from kpipe.data.checks.finding import Finding
from kpipe.data.checks.fold_leaks import fold_leaks
from kpipe.data.checks.leaks import leaks
from kpipe.data.checks.near_leaks import near_leaks
from kpipe.data.checks.remembered_arrays import RememberedArrays
from kpipe.data.dataset import Indices


def data_findings(
    samples: CheckedSamples,
    remembered: RememberedArrays,
    *,
    folds: Sequence[Indices] = (),
    is_weighted: bool = False,
    say: Say = silent,
) -> list[Finding]:
    """Return what the checks of the samples have found; nothing for healthy data.

    Args:
        samples: the checked samples.
        remembered: the comparisons of earlier runs.
        folds: the indices of each fold, if `parts` are not yet those of one of them; none by default.
        is_weighted: whether samples or classes are weighted in the loss, default False.
        say: reports that images are decoded for the checks alone.

    Raises:
        DataError: a sample cannot be read.

    Example:
        >>> import numpy as np
        >>> import tempfile
        >>> from pathlib import Path
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> arrays = {"train": np.random.default_rng(0).normal(size=(9, 3))}
        >>> dataset = ArrayDataset({"x": {**arrays, "test": arrays["train"][:2]}}, {}, {})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> found = data_findings(samples, RememberedArrays(Path(tempfile.mkdtemp())))
        >>> [(finding.name, finding.samples) for finding in found]
        [('leak', (9, 10))]
    """
    found = comparison(samples, remembered, say)
    groups = copies(samples, found.signatures)
    between = list(fold_leaks(samples, found, groups, folds))
    single = (None if between else duplicates(samples, groups), constant_samples(samples, found.signatures))
    return [
        *between,
        *leaks(samples, groups),
        *near_leaks(samples, found),
        *contradictory_labels(samples, groups),
        *(finding for finding in single if finding is not None),
        *class_balance(samples.dataset, samples.parts, is_weighted=is_weighted),
    ]
