"""Groups of samples that are copies of each other, rather than equal by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.checks.chance_matches import MOST_FEATURES, chance_matches, equal_pairs
from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.equal_groups import Positions, equal_groups
from kpipe.data.checks.feature_hashes import FeatureHashes, Hashes
from kpipe.data.checks.signatures import MOST_VALUES, Signatures
from kpipe.data.dataset import Indices

#: How many times more equal pairs than chance explains are copies.
LEAST_EXCESS = 3
#: The part of different rows below which rows are combinations of few values that repeat.
LEAST_DIFFERENT = 0.1
#: Rows from which the features with the most distinct values are chosen.
_SAMPLED = 1000


def copies(samples: CheckedSamples, found: Signatures) -> list[Positions]:
    """Return the ascending positions of each group of copies.

    Samples of fewer than 1024 values, such as rows of a table, can be equal by chance. They are copies only if there
    are more than three times as many equal pairs as `chance_matches` estimates, and if more than a tenth of all rows
    are different. Constant samples, such as black images, are not compared.

    Args:
        samples: the checked samples.
        found: their signatures.

    Example:
        >>> from kpipe.data.checks.signatures import signatures
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> x = np.random.default_rng(0).normal(size=(20, 3))
        >>> x[[4, 19]] = x[7]
        >>> dataset = ArrayDataset({"x": {"train": x}}, {}, {})
        >>> samples = CheckedSamples.of_dataset(dataset)
        >>> [group.tolist() for group in copies(samples, signatures(samples))]
        [[4, 7, 19]]
    """
    groups = equal_groups(found.digests, ~found.constant)
    return [] if groups and _are_by_chance(samples, found, groups) else groups


def _are_by_chance(samples: CheckedSamples, found: Signatures, groups: Sequence[Positions]) -> bool:
    compared = samples.indices[~found.constant]
    repeated = sum(len(group) - 1 for group in groups)
    if len(compared) - repeated < LEAST_DIFFERENT * len(compared):
        return True
    if sum(samples.values.values()) >= MOST_VALUES:
        return False
    rows = _Features(samples)
    chosen = rows.most_distinct(compared[np.unique(np.linspace(0, len(compared) - 1, _SAMPLED, dtype=np.int64))])
    total, hashes, numbers = rows.of(compared, chosen)
    chance = chance_matches(total, lambda index: hashes[index], range(len(chosen)), numbers)
    return equal_pairs(total) <= LEAST_EXCESS * chance


class _Features:
    """The hashes of the features of all inputs."""

    def __init__(self, samples: CheckedSamples) -> None:
        self._samples = samples
        self._hashes = {name: FeatureHashes() for name in samples.dataset.inputs}

    def most_distinct(self, indices: Indices) -> list[int]:
        """Return the features with the most distinct values."""
        distinct = np.array([len(np.unique(column)) for column in self._columns(indices).T])
        return [int(feature) for feature in np.argsort(-distinct, kind="stable")[:MOST_FEATURES]]

    def of(self, indices: Indices, chosen: Sequence[int]) -> tuple[Hashes, Hashes, npt.NDArray[Any]]:
        """Return the sums of all hashes (n,), and the hashes and numbers of the chosen features (features, n)."""
        total, hashes = np.empty(len(indices), np.uint64), np.empty((len(chosen), len(indices)), np.uint64)
        numbers: list[npt.NDArray[Any]] = []
        start = 0
        for chunk in self._samples.chunks(indices):
            raw = self._read(chunk)
            columns, end = self._hashed(raw), start + len(chunk)
            total[start:end] = columns.sum(axis=1, dtype=np.uint64)
            hashes[:, start:end] = columns[:, chosen].T
            numbers.append(np.concatenate([_numbers(rows) for rows in raw.values()], axis=1)[:, chosen].T)
            start = end
        return total, hashes, np.concatenate(numbers, axis=1)

    def _columns(self, indices: Indices) -> Hashes:
        return self._hashed(self._read(indices))

    def _read(self, indices: Indices) -> dict[str, Any]:
        return {name: self._samples.read(name, indices) for name in self._hashes}

    def _hashed(self, raw: Mapping[str, Any]) -> Hashes:
        parts = [entry.of(raw[name]) for name, entry in self._hashes.items()]
        # The sum of a row has to tell its inputs apart.
        return np.concatenate([part * np.uint64(2 * place + 1) for place, part in enumerate(parts)], axis=1)


def _numbers(raw: Any) -> npt.NDArray[Any]:
    """Return the values (n, features), NaN for categories, in the order of `FeatureHashes`."""
    if not isinstance(raw, Mapping):
        values = np.asarray(raw).reshape(len(raw), -1)
        return values if values.dtype.kind == "f" else values.astype(np.float64)
    return np.concatenate([raw["numeric"], np.full(raw["categorical"].shape, np.nan, np.float32)], axis=1)
