"""The check for copies with different labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.equal_groups import Positions
from kpipe.data.checks.finding import Finding
from kpipe.data.dataset import Target
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped

_SHOWN = 3


def contradictory_labels(samples: CheckedSamples, groups: Sequence[Positions]) -> Iterator[Finding]:
    """Yield the finding `contradictory_labels` for each target with one class per sample of which copies differ.

    Args:
        samples: the checked samples.
        groups: the positions of copies.

    Example:
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> target, labels = Target("y", "classification", ("cat", "dog"), ()), np.array([0, 1, 1])
        >>> dataset = ArrayDataset({"x": {"train": np.ones((3, 2))}}, {"y": target}, {"y": labels})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> next(contradictory_labels(samples, [np.array([0, 2])])).message[:58]
        'target y: 1 sample has copies with different labels: sampl'
    """
    for target in samples.dataset.targets.values():
        if target.task == "classification" and target.shape == ():
            labels = np.asarray(samples.dataset.labels[target.name])[samples.indices]
            differing = [group for group in groups if len(np.unique(labels[group])) > 1]
            if differing:
                yield _finding(samples, target, labels, differing)


def _finding(samples: CheckedSamples, target: Target, labels: Positions, groups: Sequence[Positions]) -> Finding:
    classes = target.classes or ()
    listed = []
    for group in groups[:_SHOWN]:
        pair = group[0], group[np.flatnonzero(labels[group] != labels[group[0]])[0]]
        listed.append(" = ".join(f"{samples.name(place)} ({escaped(classes[labels[place]])})" for place in pair))
    more = f" and {len(groups) - _SHOWN:,} more" if len(groups) > _SHOWN else ""
    has = "has" if len(groups) == 1 else "have"
    return Finding(
        "contradictory_labels",
        "warning",
        f"target {escaped(target.name)}: {counted(len(groups), 'sample')} {has} copies with different labels: "
        f"{', '.join(listed)}{more}; the model cannot learn both; remove or relabel them",
        tuple(int(samples.indices[position]) for group in groups for position in group),
    )
