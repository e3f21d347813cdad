"""The folds of a cross-validation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset, Indices
from kpipe.data.splits.group_codes import GroupCodes
from kpipe.data.splits.strata import Strata
from kpipe.errors import ArgumentError
from kpipe.messages.counted import counted

Folds = npt.NDArray[np.int64]


def fold_split(
    dataset: Dataset, indices: Indices, number: int, seed: int, say: Callable[[str], None] | None = None
) -> list[Indices]:
    """Return the validation parts of a cross-validation: each sample is in exactly one of them.

    The folds are those of scikit-learn's `StratifiedKFold`, or of `StratifiedGroupKFold` if the dataset has groups,
    with `shuffle=True` and `random_state=seed`. They are stratified by the first `classification` target with a single
    label per sample. Without such a target, they have about the same number of samples.

    Args:
        dataset: an opened source.
        indices: the ascending indices of the samples to split.
        number: number of folds, at least 2.
        seed: in [0, 2**32).
        say: receives the shares that groups allow.

    Returns:
        The ascending indices of each fold.

    Raises:
        ArgumentError: there are fewer samples, samples of a class, or groups than folds, or a fold lacks a class.

    Example:
        >>> from kpipe.data.sources.digits import Digits
        >>> from kpipe.data.sources.source import OpenContext
        >>> from pathlib import Path
        >>> digits = Digits().open(OpenContext(print, 0.01, Path("cache")))
        >>> [len(fold) for fold in fold_split(digits, digits.parts["train"], 5, seed=0)]
        [360, 360, 359, 359, 359]
    """
    strata, groups = Strata.of(dataset, indices), GroupCodes.of(dataset, indices)
    _check_counts(len(indices), number, strata, groups)
    if groups is None:
        folds = _folds(len(indices), number, strata, seed)
    else:
        folds = groups.folds(number, strata, seed)
        _check_classes(folds, number, strata)
        if say is not None:
            say(_shares(folds, number, groups))
    return [indices[folds == fold] for fold in range(number)]


def _folds(count: int, number: int, strata: Strata | None, seed: int) -> Folds:
    from sklearn.model_selection import KFold, StratifiedKFold

    splitter = (KFold if strata is None else StratifiedKFold)(number, shuffle=True, random_state=seed)
    folds = np.empty(count, np.int64)
    for fold, (_, held_out) in enumerate(splitter.split(folds, None if strata is None else strata.labels)):
        folds[held_out] = fold
    return folds


def _check_counts(count: int, number: int, strata: Strata | None, groups: GroupCodes | None) -> None:
    if count < number:
        raise ArgumentError("folds", f"more folds than samples; expected at most {count}, got {number}")
    if groups is not None and groups.count < number:
        raise ArgumentError("folds", f"more folds than groups; expected at most {groups.count}, got {number}")
    if strata is None:
        return
    found = {"samples": strata.counts()}
    if groups is not None:
        found["groups"] = groups.per_class(strata)
    present = found["samples"] > 0
    for noun, counts in found.items():
        rare = present & (counts < number)
        if rare.any():
            least = int(counts[rare].min())
            some = "a class" if rare.sum() == 1 else "classes"
            fewer = f"expected at most {least}, got {number}; write fewer folds, " if least > 1 else ""
            raise ArgumentError(
                "folds",
                f"the target {strata.target!r} has {some} with fewer {noun} than folds: {strata.named(rare)}; "
                f"{fewer}add {noun}, or exclude the class",
            )


def _check_classes(folds: Folds, number: int, strata: Strata | None) -> None:
    if strata is None:
        return
    present = strata.counts() > 0
    for fold in range(number):
        missing = present & (strata.counts(folds == fold) == 0)
        if missing.any():
            raise ArgumentError(
                "folds",
                f"fold {fold + 1} of {number} has no samples of the class {strata.named(missing)} of the target "
                f"{strata.target!r}, since groups stay together; write fewer folds, add groups, or exclude the class",
            )


def _shares(folds: Folds, number: int, groups: GroupCodes) -> str:
    shares = [f"{share:.3f}" for share in np.sort(np.bincount(folds, minlength=number)) / len(folds)]
    counts = [f"{count:,}" for count in sorted(groups.within(folds == fold) for fold in range(number))]
    return (
        f"data.folds: {number} folds of {_extent(shares)} of the samples, with {_extent(counts)} of "
        f"{counted(groups.count, 'group')} each"
    )


def _extent(ascending: Sequence[str]) -> str:
    """Return the first and the last of several numbers, or the number that they have in common."""
    first, last = ascending[0], ascending[-1]
    return first if first == last else f"{first} to {last}"
