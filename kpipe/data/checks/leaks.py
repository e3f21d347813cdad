"""The check for samples that are in several parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kpipe.data.checks.checked_samples import CheckedSamples, part_name
from kpipe.data.checks.equal_groups import Positions
from kpipe.data.checks.finding import Finding

#: The parts that are compared: samples of the first one should not be in the second one.
PAIRS = (("validation", "train"), ("test", "train"), ("test", "validation"))


def leaks(samples: CheckedSamples, groups: Sequence[Positions]) -> Iterator[Finding]:
    """Yield the finding `leak` for each two parts that share samples.

    Args:
        samples: the checked samples.
        groups: the positions of copies.

    Example:
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> dataset = ArrayDataset({"x": {"train": np.eye(4), "test": np.eye(4)[:2]}}, {}, {})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> next(leaks(samples, [np.array([0, 4])])).message[:66]
        'test part: 1 of 2 samples (50.00%) is also in the training part: s'
    """
    for part, other in (pair for pair in PAIRS if set(pair) <= samples.parts.keys()):
        inside, among = (np.isin(np.arange(len(samples.indices)), samples.part(name)) for name in (part, other))
        shared = {
            int(position): int(group[among[group]][0])
            for group in groups
            if among[group].any()
            for position in group[inside[group]]
        }
        if shared:
            yield _finding(samples, part, other, shared)


def _finding(samples: CheckedSamples, part: str, other: str, shared: dict[int, int]) -> Finding:
    positions = sorted(shared)
    return Finding(
        "leak",
        "warning",
        f"{part} part: {samples.of_part(len(positions), part)} also in the {part_name(other)} part: "
        f"{samples.listed(positions, shared)}; its metrics are too good; remove the copies from the dataset",
        tuple(int(samples.indices[position]) for position in positions),
    )
