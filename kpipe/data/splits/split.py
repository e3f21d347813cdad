"""Stratified, reproducible splits into training, validation and test parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kpipe.data.dataset import Dataset, Indices
from kpipe.data.splits.fold_split import fold_split
from kpipe.data.splits.fraction_split import fraction_split
from kpipe.data.splits.group_codes import GroupCodes
from kpipe.data.splits.group_split import group_split
from kpipe.data.splits.strata import Strata
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.counted import counted

Say = Callable[[str], None]


def split(
    dataset: Dataset,
    validation: float,
    test: float,
    seed: int,
    *,
    folds: int | None = None,
    fold: int = 1,
    say: Say | None = None,
) -> dict[str, Indices]:
    """Split a dataset into parts; parts that the source defines are kept, and their fractions are ignored.

    The test part has `round(test * all samples)` samples, the validation part `round(validation * remaining
    samples)`. Both are drawn from the training part by scikit-learn's `train_test_split` with `random_state=seed`,
    stratified by the first `classification` target with a single label per sample, or at random if there is none.
    With `folds`, the validation part is one of the folds of the samples that remain after the test part is split off.
    If the dataset has groups, each of them is in one part, and the parts have the shares that the groups allow.

    Args:
        dataset: an opened source.
        validation: fraction of the samples that remain after the test part is split off, in [0, 1); unused with
            `folds`.
        test: fraction of all samples, in [0, 1).
        seed: in [0, 2**32).
        folds: the number of folds of a cross-validation, at least 2; None, the default, for none.
        fold: the fold that is the validation part, from 1 (default) to `folds`.
        say: receives the shares of parts that consist of groups.

    Returns:
        Ascending indices keyed by part name: `train`, and `validation` and `test` if they are not empty.

    Raises:
        DataError: the training part of the source is empty.
        ArgumentError: a fraction, the seed or the number of folds is out of range, a part would be empty, a class has
            too few samples, `folds` is used with a source that has a validation part, or the groups cannot be split.

    Example:
        >>> from kpipe.data.sources.digits import Digits
        >>> from kpipe.data.sources.source import OpenContext
        >>> from pathlib import Path
        >>> digits = Digits().open(OpenContext(print, 0.01, Path("cache")))
        >>> {part: len(indices) for part, indices in split(digits, 0.1, 0.2, seed=0).items()}
        {'train': 1294, 'validation': 144, 'test': 359}
    """
    _check(validation, test, seed, folds, fold)
    parts = {part: np.sort(indices) for part, indices in dataset.parts.items()}
    _report_shared(dataset, say)
    if "test" not in parts and test > 0:
        total = sum(len(indices) for indices in parts.values())
        parts["train"], parts["test"] = _split_off("test", test, total, dataset, parts["train"], seed, say)
    if folds is not None:
        parts = _with_fold(parts, dataset, folds, fold, seed, say)
    elif "validation" not in parts and validation > 0:
        total = len(parts["train"])
        parts["train"], parts["validation"] = _split_off(
            "validation", validation, total, dataset, parts["train"], seed, say
        )
    if not len(parts["train"]):
        raise DataError("the training part has no samples")
    return {part: parts[part] for part in ("train", "validation", "test") if len(parts.get(part, ()))}


def _with_fold(
    parts: dict[str, Indices], dataset: Dataset, folds: int, fold: int, seed: int, say: Say | None
) -> dict[str, Indices]:
    """Return the parts with one fold of the training part as the validation part."""
    if "validation" in parts:
        message = "the source has a validation part; remove data.folds, or use a source without that part"
        raise ArgumentError("folds", message)
    held_out = fold_split(dataset, parts["train"], folds, seed, say)[fold - 1]
    return {**parts, "train": np.setdiff1d(parts["train"], held_out, assume_unique=True), "validation": held_out}


def _split_off(
    part: str, fraction: float, total: int, dataset: Dataset, indices: Indices, seed: int, say: Say | None
) -> tuple[Indices, Indices]:
    """Return the remaining indices, and those of the new part with `fraction` of `total` samples."""
    groups = GroupCodes.of(dataset, indices)
    if groups is None:
        return fraction_split(dataset, indices, round(fraction * total), seed, part, fraction)
    share = fraction * total / max(len(indices), 1)
    if share >= 1:
        raise ArgumentError(part, "leaves no samples for training; choose another fraction, or 0 for none")
    chosen = group_split(part, share, groups, Strata.of(dataset, indices), seed)
    if say is not None:
        say(
            f"data.{part} = {fraction:g}: {chosen.sum() / total:.3f} of the samples, with {groups.within(chosen):,} of "
            f"{counted(groups.count, 'group')}"
        )
    return indices[~chosen], indices[chosen]


def _report_shared(dataset: Dataset, say: Say | None) -> None:
    """Report groups that are in the training part and in another part that the source defines."""
    if dataset.groups is None or say is None:
        return
    for part, indices in dataset.parts.items():
        shared = np.intersect1d(dataset.groups[dataset.parts["train"]], dataset.groups[indices])
        if part != "train" and len(shared):
            say(f"data.group: {counted(len(shared), 'group')} in both the training and the {part} part of the source")


def _check(validation: float, test: float, seed: int, folds: int | None, fold: int) -> None:
    for argument, fraction in (("validation", validation), ("test", test)):
        if not 0 <= fraction < 1:
            raise ArgumentError(argument, f"out of range; expected a fraction in [0, 1), got {fraction}")
    if not 0 <= seed < 2**32:
        raise ArgumentError("seed", f"out of range; expected an integer from 0 to {2**32 - 1}, got {seed}")
    if folds is not None and folds < 2:
        raise ArgumentError("folds", f"out of range; expected an integer of at least 2, got {folds}")
    if folds is not None and not 1 <= fold <= folds:
        raise ArgumentError("fold", f"out of range; expected an integer from 1 to {folds}, got {fold}")
