"""The labels by which splits are stratified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset, Indices


@dataclass(frozen=True)
class Strata:
    """The labels of the target by which splits are stratified, for the samples that are split.

    Args:
        target: the name of the target.
        classes: its class names by class index.
        labels: the class index of each sample (n,).

    Example:
        >>> strata = Strata("y", ("cat", "dog"), np.array([0, 1, 1]))
        >>> strata.counts().tolist(), strata.named(np.array([False, True]))
        ([1, 2], "'dog'")
    """

    target: str
    classes: Sequence[str]
    labels: npt.NDArray[np.int64]

    @classmethod
    def of(cls, dataset: Dataset, indices: Indices) -> Strata | None:
        """Return the labels of the first `classification` target with a single label per sample; None without one."""
        for target in dataset.targets.values():
            if target.task == "classification" and target.shape == ():
                labels = np.asarray(dataset.labels[target.name])[indices]
                return cls(target.name, target.classes or (), labels)
        return None

    def counts(self, chosen: npt.NDArray[np.bool_] | slice = slice(None)) -> npt.NDArray[np.int64]:
        """Return the number of the chosen samples of each class, by default of all samples."""
        return np.bincount(self.labels[chosen], minlength=len(self.classes))

    def named(self, chosen: npt.NDArray[np.bool_]) -> str:
        """Return the names of the chosen classes for a message, at most ten of them."""
        names = [repr(name) for name, is_chosen in zip(self.classes, chosen, strict=True) if is_chosen]
        return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
