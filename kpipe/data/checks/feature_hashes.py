"""Hashes of single features, whose sum identifies a row also without some of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]


class FeatureHashes:
    """Hash functions of the features of an input, which are consistent over all chunks of rows.

    The hash of feature j with the bits x is mix(x ^ mix(j)), with the finalizer of SplitMix64 (Steele et al. 2014). The
    sum of the hashes of a row modulo 2^64 identifies the row, and minus the hash of a feature the rest of the row.
    Equal numbers have equal hashes: 0 and -0, and all NaN.

    Example:
        >>> hashes = FeatureHashes()
        >>> first, second = hashes.of(np.array([[1.0, 0.0], [1.0, -0.0]])).sum(axis=1)
        >>> bool(first == second)
        True
    """

    def __init__(self) -> None:
        self._codes: dict[int, dict[Any, int]] = {}

    def of(self, raw: Any) -> Hashes:
        """Return the hashes (n, features) of rows of a table, as `Dataset.rows` returns them, or of an array (n, ...).

        Args:
            raw: the rows.
        """
        bits = self._table_bits(raw) if isinstance(raw, Mapping) else _bits(np.asarray(raw).reshape(len(raw), -1))
        return mixed(bits ^ mixed(np.arange(1, bits.shape[1] + 1, dtype=np.uint64)))

    def _table_bits(self, raw: Mapping[str, npt.NDArray[Any]]) -> Hashes:
        numeric, categorical = _bits(raw["numeric"]), raw["categorical"]
        codes = np.empty(categorical.shape, np.uint64)
        for column in range(categorical.shape[1]):
            known = self._codes.setdefault(column, {})
            codes[:, column] = [known.setdefault(value, len(known)) for value in categorical[:, column].tolist()]
        return np.concatenate([numeric, codes], axis=1)


def mixed(values: Hashes) -> Hashes:
    """Return the values of SplitMix64's finalizer, a bijection of 64 bits.

    Example:
        >>> hex(int(mixed(np.array([0x9E3779B97F4A7C15], np.uint64))[0]))
        '0xe220a8397b1dcdaf'
    """
    values = values.astype(np.uint64)
    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def _bits(values: npt.NDArray[Any]) -> Hashes:
    if values.dtype.kind != "f":
        return values.astype(np.int64).view(np.uint64)
    numbers = np.ascontiguousarray(values, np.float64) + 0.0  # without -0
    numbers[np.isnan(numbers)] = np.nan
    return numbers.view(np.uint64)
