"""The checks of the number of samples of each class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from kpipe.data.checks.checked_samples import part_name
from kpipe.data.checks.finding import Finding
from kpipe.data.dataset import Dataset, Indices, Target
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped

#: The ratio of the largest and the smallest class that is reported.
LARGEST_RATIO = 10
#: Classes that a message lists.
_SHOWN = 3


def class_balance(dataset: Dataset, parts: Mapping[str, Indices], *, is_weighted: bool) -> Iterator[Finding]:
    """Yield the findings `missing_class` and `imbalance` for each target with one class per sample.

    A class of the training part is missing if another part has no sample of it. The training part is imbalanced if its
    largest class has at least 10 times as many samples as the smallest one that it contains.

    Args:
        dataset: the opened source.
        parts: indices keyed by part name.
        is_weighted: whether classes are weighted, so that the imbalance is known.

    Example:
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> target, labels = Target("y", "classification", ("cat", "dog"), ()), np.array([0] * 40 + [1, 1])
        >>> dataset = ArrayDataset({"x": {"train": np.eye(42)}}, {"y": target}, {"y": labels})
        >>> [finding.name for finding in class_balance(dataset, dataset.parts, is_weighted=False)]
        ['imbalance']
    """
    for target in dataset.targets.values():
        if target.task != "classification" or target.shape != ():
            continue
        classes, labels = target.classes or (), np.asarray(dataset.labels[target.name])
        counts = {part: np.bincount(labels[indices], minlength=len(classes)) for part, indices in parts.items()}
        for part in (part for part in parts if part != "train"):
            missing = np.flatnonzero((counts[part] == 0) & (counts["train"] > 0))
            if len(missing):
                yield _missing(target, part, [classes[index] for index in missing])
        if not is_weighted and _is_imbalanced(counts["train"]):
            yield _imbalance(target, counts["train"])


def _is_imbalanced(counts: Indices) -> bool:
    present = counts[counts > 0]
    return len(present) > 1 and present.max() >= LARGEST_RATIO * present.min()


def _missing(target: Target, part: str, classes: list[str]) -> Finding:
    listed = ", ".join(repr(escaped(name)) for name in classes[:_SHOWN])
    more = f" and {len(classes) - _SHOWN:,} more" if len(classes) > _SHOWN else ""
    verb, them = ("is", "it") if len(classes) == 1 else ("are", "them")
    return Finding(
        "missing_class",
        "notice",
        f"target {escaped(target.name)}: {counted(len(classes), 'class', 'classes')} of the training part {verb} "
        f"missing in the {part_name(part)} part, whose metrics do not cover {them}: {listed}{more}",
    )


def _imbalance(target: Target, counts: Indices) -> Finding:
    classes, present = target.classes or (), np.flatnonzero(counts)
    least, most = present[counts[present].argmin()], present[counts[present].argmax()]
    share = counts[most] / counts.sum()
    return Finding(
        "imbalance",
        "notice",
        f"target {escaped(target.name)}: the classes of the training part have from {int(counts[least]):,} "
        f"({escaped(classes[least])!r}) to {int(counts[most]):,} samples ({escaped(classes[most])!r}); a model that "
        f"always predicts the latter is right for {share:.1%}; weight the classes by train.class_weight, or compare "
        "metrics of each class",
    )
