"""The check for copies within the training part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.equal_groups import Positions
from kpipe.data.checks.finding import Finding


def duplicates(samples: CheckedSamples, groups: Sequence[Positions]) -> Finding | None:
    """Return the finding `duplicates` if samples of the training part are copies of others; None otherwise.

    Args:
        samples: the checked samples.
        groups: the positions of copies.

    Example:
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> dataset = ArrayDataset({"x": {"train": np.ones((4, 2))}}, {}, {})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> duplicates(samples, [np.array([0, 3])]).message[:71]
        'training part: 1 of 4 samples (25.00%) is a copy of another one: sample'
    """
    inside = np.isin(np.arange(len(samples.indices)), samples.part("train"))
    copied = [group[inside[group]].tolist() for group in groups]
    found = {position: group[0] for group in copied for position in group[1:]}
    if not found:
        return None
    positions = sorted(found)
    what = "a copy of another one" if len(positions) == 1 else "copies of others"
    return Finding(
        "duplicates",
        "notice",
        f"training part: {samples.of_part(len(positions), 'train')} {what}: {samples.listed(positions, found)}; all of "
        "them count in the loss; remove the copies from the dataset if that is not intended",
        tuple(int(samples.indices[position]) for position in positions),
    )
