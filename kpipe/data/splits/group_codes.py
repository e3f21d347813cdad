"""The groups of samples as integers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset, Indices
from kpipe.data.splits.strata import Strata


@dataclass(frozen=True)
class GroupCodes:
    """The groups of the samples that are split.

    Args:
        codes: the number of the group of each sample (n,), from 0.
        count: the number of groups.

    Example:
        >>> groups = GroupCodes(np.array([0, 1, 0]), 2)
        >>> groups.within(np.array([True, False, True]))
        1
    """

    codes: npt.NDArray[np.int64]
    count: int

    @classmethod
    def of(cls, dataset: Dataset, indices: Indices) -> GroupCodes | None:
        """Return the groups of some samples; None if the dataset was opened without groups."""
        if dataset.groups is None:
            return None
        unique, codes = np.unique(dataset.groups[indices], return_inverse=True)
        return cls(codes.astype(np.int64), len(unique))

    def within(self, chosen: npt.NDArray[np.bool_]) -> int:
        """Return the number of groups of the chosen samples."""
        return len(np.unique(self.codes[chosen]))

    def per_class(self, strata: Strata) -> npt.NDArray[np.int64]:
        """Return the number of groups in which each class occurs."""
        pairs = np.unique(np.stack([strata.labels, self.codes]), axis=1)
        return np.bincount(pairs[0], minlength=len(strata.classes))

    def folds(self, number: int, strata: Strata | None, seed: int) -> npt.NDArray[np.int64]:
        """Return the number of the fold of each sample, from 0, by scikit-learn's `StratifiedGroupKFold`.

        Without classes, the folds have about the same number of samples.

        Args:
            number: the number of folds, at most that of the groups and that of the samples of the largest class.
            strata: the labels by which the folds are stratified; None without classes.
            seed: `random_state`; the groups are shuffled.
        """
        import warnings

        from kpipe.data.splits.fast_group_folds import FastGroupFolds

        labels = np.zeros_like(self.codes) if strata is None else strata.labels
        folds = np.empty_like(self.codes)
        splitter = FastGroupFolds(number, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            # Classes with fewer samples than folds are checked by the callers.
            warnings.filterwarnings("ignore", "The least populated class", UserWarning)
            for fold, (_, held_out) in enumerate(splitter.split(labels, labels, self.codes)):
                folds[held_out] = fold
        return folds
