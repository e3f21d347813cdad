"""Stratified, reproducible splits into training, validation and test parts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset, Indices, Target
from kpipe.errors import ArgumentError, DataError


def split(dataset: Dataset, validation: float, test: float, seed: int) -> dict[str, Indices]:
    """Split a dataset into parts; parts that the source defines are kept, and their fractions are ignored.

    The test part has `round(test * all samples)` samples, the validation part `round(validation * remaining
    samples)`. Both are drawn from the training part by scikit-learn's `train_test_split` with `random_state=seed`,
    stratified by the first `classification` target with a single label per sample, or at random if there is none.

    Args:
        dataset: an opened source.
        validation: fraction of the samples that remain after the test part is split off, in [0, 1).
        test: fraction of all samples, in [0, 1).
        seed: in [0, 2**32).

    Returns:
        Ascending indices keyed by part name: `train`, and `validation` and `test` if they are not empty.

    Raises:
        DataError: a part would be empty, or a class has too few samples.
        ArgumentError: a fraction or the seed is out of range.

    Example:
        >>> from kpipe.data.sources.digits import Digits
        >>> from kpipe.data.sources.source import OpenContext
        >>> from pathlib import Path
        >>> digits = Digits().open(OpenContext(print, 0.01, Path("cache")))
        >>> {part: len(indices) for part, indices in split(digits, 0.1, 0.2, seed=0).items()}
        {'train': 1294, 'validation': 144, 'test': 359}
    """
    _check_fraction("validation", validation)
    _check_fraction("test", test)
    if not 0 <= seed < 2**32:
        raise ArgumentError("seed", f"out of range; expected an integer from 0 to {2**32 - 1}, got {seed}")
    total = sum(len(indices) for indices in dataset.parts.values())
    parts = {part: np.sort(indices) for part, indices in dataset.parts.items()}
    if "test" not in parts and test > 0:
        count = round(test * total)
        parts["train"], parts["test"] = _split_off(dataset, parts["train"], count, seed, f"data.test = {test:g}")
    if "validation" not in parts and validation > 0:
        count = round(validation * len(parts["train"]))
        parts["train"], parts["validation"] = _split_off(
            dataset, parts["train"], count, seed, f"data.validation = {validation:g}"
        )
    if not len(parts["train"]):
        raise DataError("the training part has no samples")
    return {part: parts[part] for part in ("train", "validation", "test") if len(parts.get(part, ()))}


def _split_off(dataset: Dataset, indices: Indices, count: int, seed: int, setting: str) -> tuple[Indices, Indices]:
    """Return the remaining indices and the `count` indices of the new part."""
    from sklearn.model_selection import train_test_split

    if not 0 < count < len(indices):
        empty = "the new part" if count == 0 else "training"
        raise DataError(
            f"{setting} of {len(indices)} samples leaves no samples for {empty}; choose another fraction, or 0 for none"
        )
    target = next(
        (entry for entry in dataset.targets.values() if entry.task == "classification" and entry.shape == ()),
        None,
    )
    labels = None if target is None else np.asarray(dataset.labels[target.name])[indices]
    if target is not None and labels is not None:
        _check_classes(target, labels, count, setting)
    remaining, drawn = train_test_split(indices, test_size=count, random_state=seed, stratify=labels)
    return np.sort(remaining), np.sort(drawn)


def _check_classes(target: Target, labels: npt.NDArray[Any], count: int, setting: str) -> None:
    classes = target.classes or ()
    present, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        rare = [f"{classes[index]!r}" for index in present[counts < 2]]
        shown = ", ".join(rare[:10]) + (f" and {len(rare) - 10} more" if len(rare) > 10 else "")
        noun = "classes" if len(rare) > 1 else "a class"
        raise DataError(
            f"{setting}: the target {target.name!r} has {noun} with only 1 sample, which cannot be split: {shown}; "
            "add samples, exclude the class, set the fraction to 0, or write `task: regression` if the target is a "
            "number to predict"
        )
    smaller = min(count, len(labels) - count)
    if smaller < len(present):
        least = math.ceil(1000 * len(present) / len(labels)) / 1000
        raise DataError(
            f"{setting} results in a part of {smaller} of {len(labels)} samples, too few for the {len(present)} "
            f"classes of the target {target.name!r}; choose a fraction from {least:g} to {1 - least:g}, or 0 for none"
        )


def _check_fraction(argument: str, fraction: float) -> None:
    if not 0 <= fraction < 1:
        raise ArgumentError(argument, f"out of range; expected a fraction in [0, 1), got {fraction}")
