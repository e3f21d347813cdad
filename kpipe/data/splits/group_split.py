"""A part whose samples share no group with the others."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from kpipe.data.splits.group_codes import GroupCodes
from kpipe.data.splits.strata import Strata
from kpipe.errors import ArgumentError

#: The largest number of folds into which the samples are divided, if the fraction is not smaller than its inverse.
_MAX_FOLDS = 20

Chosen = npt.NDArray[np.bool_]


def group_split(part: str, fraction: float, groups: GroupCodes, strata: Strata | None, seed: int) -> Chosen:
    """Return whether each sample belongs to a new part, which contains complete groups.

    The samples are divided by `StratifiedGroupKFold` into folds, of which the part has `m` of `k`, the closest fraction
    with at most 20 folds, or `1 / fraction` folds if that is more. Of the `k` choices of `m` consecutive folds, the
    one whose share is closest to `fraction` is used, provided that each class is inside and outside of the part.

    Args:
        part: `validation` or `test`, the argument to which errors refer.
        fraction: the share of the samples that is requested, in (0, 1).
        groups: the groups of the samples.
        strata: the labels of the samples; None without classes.
        seed: in [0, 2**32).

    Returns:
        A boolean array (n,).

    Raises:
        ArgumentError: there is only one group, or no choice has each class inside and outside of the part.

    Example:
        >>> groups = GroupCodes(np.repeat(np.arange(10), 3), 10)
        >>> int(group_split("test", 0.2, groups, None, seed=0).sum())
        6
    """
    if groups.count < 2:
        raise ArgumentError(part, "all samples belong to the same group; expected at least 2 groups, got 1")
    if strata is not None:
        _check_classes(part, groups, strata)
    chosen, number = _folds(fraction, groups, strata)
    folds = groups.folds(number, strata, seed)
    choices = [np.isin(folds, np.arange(first, first + chosen) % number) for first in range(number)]
    choices.sort(key=lambda choice: abs(float(choice.mean()) - fraction))
    found = next((choice for choice in choices if not _missing(choice, strata).any()), None)
    if found is None:
        missing = "" if strata is None else f", such as {strata.named(_missing(choices[0], strata))}"
        raise ArgumentError(
            part,
            f"no choice of complete groups close to {fraction:g} has each class in both parts{missing}; write a larger "
            "fraction, add groups, or exclude the class",
        )
    return found


def _check_classes(part: str, groups: GroupCodes, strata: Strata) -> None:
    single = groups.per_class(strata) == 1
    if single.any():
        some = "a class" if single.sum() == 1 else "classes"
        raise ArgumentError(
            part,
            f"the target {strata.target!r} has {some} with samples in only 1 group, which cannot be in both parts: "
            f"{strata.named(single)}; add groups, exclude the class, or write 0 for no such part",
        )


def _folds(fraction: float, groups: GroupCodes, strata: Strata | None) -> tuple[int, int]:
    """Return the number of folds of the part, and that of all folds."""
    most = max(_MAX_FOLDS, math.ceil(1 / fraction), math.ceil(1 / (1 - fraction)))
    largest = len(groups.codes) if strata is None else int(strata.counts().max())
    limit = max(min(most, groups.count, largest), 2)
    nearest = Fraction(fraction).limit_denominator(limit)
    if nearest <= 0:
        return 1, limit
    if nearest >= 1:
        return limit - 1, limit
    return nearest.numerator, nearest.denominator


def _missing(choice: Chosen, strata: Strata | None) -> Chosen:
    """Return whether each class, or any sample, is missing inside or outside of a part."""
    if strata is None:
        return np.array([not choice.any() or bool(choice.all())])
    is_inside, is_outside = strata.counts(choice) > 0, strata.counts(~choice) > 0
    return np.asarray(is_inside != is_outside)
