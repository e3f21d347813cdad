"""Which samples train, which validate and which test: stratified, and repeatable by the seed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset, Indices, Target
from kpipe.errors import ArgumentError, DataError


def split(dataset: Dataset, validation: float, test: float, seed: int) -> dict[str, Indices]:
    """The parts of a dataset; those that the source fixes stay as they are, and their share is not applied.

    The test part is `round(test * all samples)` samples, the validation part `round(validation * those
    left)`, both taken from the training part by scikit-learn's `train_test_split` with `random_state=seed`,
    stratified by the first target that is a single class (`classification`); without one they are drawn at
    random.

    Args:
        dataset: an opened source.
        validation: share of what is left for training after the test part, in [0, 1).
        test: share of all samples, in [0, 1).
        seed: in [0, 2**32).

    Returns:
        Ascending indices by part: `train`, and `validation` and `test` where they are not empty.

    Raises:
        DataError: a part would be empty, or a class has too few samples.
        ArgumentError: a share or the seed is out of range.

    Example:
        >>> from kpipe.data.sources.digits import Digits
        >>> from kpipe.data.sources.source import OpenContext
        >>> from pathlib import Path
        >>> digits = Digits().open(OpenContext(print, 0.01, Path("cache")))
        >>> {part: len(indices) for part, indices in split(digits, 0.1, 0.2, seed=0).items()}
        {'train': 1294, 'validation': 144, 'test': 359}
    """
    _check_share("validation", validation)
    _check_share("test", test)
    if not 0 <= seed < 2**32:
        raise ArgumentError("seed", f"{seed} is not in 0 to {2**32 - 1}")
    total = sum(len(indices) for indices in dataset.parts.values())
    parts = {part: np.sort(indices) for part, indices in dataset.parts.items()}
    if "test" not in parts and test > 0:
        count = round(test * total)
        parts["train"], parts["test"] = _take(dataset, parts["train"], count, seed, f"data.test = {test:g}")
    if "validation" not in parts and validation > 0:
        count = round(validation * len(parts["train"]))
        parts["train"], parts["validation"] = _take(
            dataset, parts["train"], count, seed, f"data.validation = {validation:g}"
        )
    if not len(parts["train"]):
        raise DataError("there is no sample to train on")
    return {part: parts[part] for part in ("train", "validation", "test") if len(parts.get(part, ()))}


def _take(dataset: Dataset, indices: Indices, count: int, seed: int, asked: str) -> tuple[Indices, Indices]:
    """What is left of `indices`, and the `count` of them that form the new part."""
    from sklearn.model_selection import train_test_split

    if not 0 < count < len(indices):
        empty = "no sample in that part" if count == 0 else "no sample to train on"
        raise DataError(f"{asked} of {len(indices)} samples leaves {empty}; choose another share, or 0 for none")
    target = next(
        (entry for entry in dataset.targets.values() if entry.task == "classification" and entry.shape == ()),
        None,
    )
    labels = None if target is None else np.asarray(dataset.labels[target.name])[indices]
    if target is not None and labels is not None:
        _check_classes(target, labels, count, asked)
    left, taken = train_test_split(indices, test_size=count, random_state=seed, stratify=labels)
    return np.sort(left), np.sort(taken)


def _check_classes(target: Target, labels: npt.NDArray[Any], count: int, asked: str) -> None:
    classes = target.classes or ()
    present, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        rare = [f"{classes[index]!r}" for index in present[counts < 2]]
        shown = ", ".join(rare[:10]) + (f" and {len(rare) - 10} more" if len(rare) > 10 else "")
        plural = "classes have one sample each" if len(rare) > 1 else "class has a single sample"
        raise DataError(
            f"{asked}: the {plural} of the target {target.name!r}, too few to be split: {shown}; add "
            "samples, leave "
            "the class out, set the share to 0, or, if the target is a number to predict, write `task: "
            "regression`"
        )
    smaller = min(count, len(labels) - count)
    if smaller < len(present):
        least = math.ceil(1000 * len(present) / len(labels)) / 1000
        raise DataError(
            f"{asked} makes a part of {smaller} of {len(labels)} samples, too few for the {len(present)} "
            "classes of "
            f"the target {target.name!r}; choose a share of at least {least:g}, at most {1 - least:g}, or 0 "
            "for none"
        )


def _check_share(argument: str, share: float) -> None:
    if not 0 <= share < 1:
        raise ArgumentError(argument, f"{share} is not a share in [0, 1)")
