"""Values that differ between runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """A value that differs between runs.

    Args:
        path: its path or name.
        values: its text in each run.
    """

    path: str
    values: Sequence[str]


def difference_table(values: Sequence[Mapping[str, str]], missing: str = "-") -> list[Difference]:
    """Return the values that are not the same in all runs.

    Args:
        values: the texts of each run by path.
        missing: the text where a run has none, by default `-`.

    Example:
        >>> difference_table([{"a": "1", "b": "2"}, {"a": "1", "b": "3"}, {"a": "1"}])
        [Difference(path='b', values=['2', '3', '-'])]
    """
    paths = dict.fromkeys(path for entry in values for path in entry)
    rows = [Difference(path, [entry.get(path, missing) for entry in values]) for path in paths]
    return [row for row in rows if len(set(row.values)) > 1]
