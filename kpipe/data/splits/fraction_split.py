"""A stratified part that has a fraction of the samples."""

from __future__ import annotations

import math

import numpy as np

from kpipe.data.dataset import Dataset, Indices
from kpipe.data.splits.strata import Strata
from kpipe.errors import ArgumentError


def fraction_split(
    dataset: Dataset, indices: Indices, count: int, seed: int, part: str, fraction: float
) -> tuple[Indices, Indices]:
    """Return the remaining samples and those of a new part, drawn by scikit-learn's `train_test_split`.

    The part is stratified by the first `classification` target with a single label per sample, or drawn at random if
    there is none.

    Args:
        dataset: an opened source.
        indices: the indices of the samples to split.
        count: the number of samples of the new part.
        seed: `random_state`.
        part: `validation` or `test`, the argument to which errors refer.
        fraction: its value.

    Raises:
        ArgumentError: a part would be empty, or a class has too few samples.

    Example:
        >>> from kpipe.data.sources.iris import Iris
        >>> from kpipe.data.sources.source import OpenContext
        >>> from pathlib import Path
        >>> iris = Iris().open(OpenContext(print, 0.01, Path("cache")))
        >>> [len(part) for part in fraction_split(iris, iris.parts["train"], 30, 0, "test", 0.2)]
        [120, 30]
    """
    from sklearn.model_selection import train_test_split

    if not 0 < count < len(indices):
        empty = "the new part" if count == 0 else "training"
        raise ArgumentError(
            part,
            f"{fraction:g} of {len(indices)} samples leaves no samples for {empty}; choose another fraction, or 0 for "
            "none",
        )
    strata = Strata.of(dataset, indices)
    if strata is not None:
        _check_classes(strata, count, part, fraction)
    labels = None if strata is None else strata.labels
    remaining, drawn = train_test_split(indices, test_size=count, random_state=seed, stratify=labels)
    return np.sort(remaining), np.sort(drawn)


def _check_classes(strata: Strata, count: int, part: str, fraction: float) -> None:
    counts, total = strata.counts(), len(strata.labels)
    rare = counts == 1
    if rare.any():
        noun = "classes" if rare.sum() > 1 else "a class"
        raise ArgumentError(
            part,
            f"the target {strata.target!r} has {noun} with only 1 sample, which cannot be split: "
            f"{strata.named(rare)}; add samples, exclude the class, set the fraction to 0, or write "
            "`task: regression` if the target is a number to predict",
        )
    smaller, present = min(count, total - count), int((counts > 0).sum())
    if smaller < present:
        least = math.ceil(1000 * present / total) / 1000
        raise ArgumentError(
            part,
            f"{fraction:g} results in a part of {smaller} of {total} samples, too few for the {present} "
            f"classes of the target {strata.target!r}; choose a fraction from {least:g} to {1 - least:g}, or 0 for "
            "none",
        )
