"""The check for samples that are in several folds of a cross-validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.comparison import Comparison
from kpipe.data.checks.equal_groups import Positions
from kpipe.data.checks.finding import Finding
from kpipe.data.dataset import Indices


def fold_leaks(
    samples: CheckedSamples, found: Comparison, groups: Sequence[Positions], folds: Sequence[Indices]
) -> Iterator[Finding]:
    """Yield the findings `leak` and `near_leak` for samples of which a copy, or a similar image, is in another fold.

    Args:
        samples: the checked samples.
        found: their comparison.
        groups: the positions of copies.
        folds: the indices of each fold; none yield nothing.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from kpipe.data.checks.comparison import comparison
        >>> from kpipe.data.checks.remembered_arrays import RememberedArrays
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> dataset = ArrayDataset({"x": {"train": np.eye(4)}}, {}, {})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> found = comparison(samples, RememberedArrays(Path(tempfile.mkdtemp())))
        >>> folds = [np.array([0, 1]), np.array([2, 3])]
        >>> next(fold_leaks(samples, found, [np.array([1, 2])], folds)).message[:70]
        'data.folds: 2 of 4 samples (50.00%) are also in another fold: sample 1'
    """
    if not folds:
        return
    fold = np.full(len(samples.indices), -1)
    for number, indices in enumerate(folds):
        fold[np.isin(samples.indices, indices)] = number
    total = int((fold >= 0).sum())
    copied = _copied(groups, fold)
    if copied:
        yield _finding("leak", samples, copied, total, "also", " = ")
    alike: dict[int, int] = {}
    first, second, _ = found.different_pairs()
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        if -1 < fold[one] != fold[other] > -1:
            alike.setdefault(one, other)
            alike.setdefault(other, one)
    if alike := {position: other for position, other in alike.items() if position not in copied}:
        yield _finding("near_leak", samples, alike, total, "as nearly the same images", " ~ ")


def _copied(groups: Sequence[Positions], fold: Positions) -> dict[int, int]:
    """Return the position of a copy in another fold for each sample that has one."""
    copied = {}
    for group in (group[fold[group] >= 0] for group in groups):
        for position in group:
            others = group[fold[group] != fold[position]]
            if len(others):
                copied[int(position)] = int(others[0])
    return copied


def _finding(name: str, samples: CheckedSamples, found: Mapping[int, int], total: int, how: str, sign: str) -> Finding:
    positions = sorted(found)
    return Finding(
        name,
        "warning",
        f"data.folds: {len(found):,} of {total:,} samples ({len(found) / total:.2%}) are {how} in another fold: "
        f"{samples.listed(positions, found, sign)}; the metrics of the folds are too good; remove the copies from the "
        "dataset",
        tuple(int(samples.indices[position]) for position in positions),
    )
