"""The ranges of the raw values of a part of a dataset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from kpipe.data.dataset import Dataset, Indices, Input
from kpipe.data.value_range import ValueRange, value_range
from kpipe.messages.escaped import escaped

#: Most samples of arrays and images that are read, and most bytes of them; of a table all rows are read.
_SAMPLES, _BYTES = 64, 1 << 24

_CHUNK_ROWS = 65_536

#: The name of an input, and the name of a column if it is a table.
Place = tuple[str, str | None]


def raw_ranges(dataset: Dataset, indices: Indices) -> dict[Place, ValueRange]:
    """Return the range of each input that is not a table, and of each numeric column of a table.

    Of arrays and images, up to 64 samples of at most 16 MiB, evenly distributed over the part, are read; of tables, all
    rows. Missing values are skipped, and so are inputs and columns without values.

    Args:
        dataset: the opened source.
        indices: the indices of the part.
    """
    return dict(_ranges(dataset, indices))


def place_name(place: Place) -> str:
    """Return an input or a column as in messages.

    Example:
        >>> place_name(("x", None)), place_name(("table", "area"))
        ("input 'x'", "column 'area'")
    """
    name, column = place
    return f"input {escaped(name)!r}" if column is None else f"column {escaped(column)!r}"


def _ranges(dataset: Dataset, indices: Indices) -> Iterator[tuple[Place, ValueRange]]:
    tables = {name: entry for name, entry in dataset.inputs.items() if entry.kind == "table"}
    for entry in tables.values():
        yield from _of_table(dataset, entry, indices)
    if len(tables) == len(dataset.inputs) or not len(indices):
        return
    sample_bytes = max(int(dataset.raw_bytes(indices[:1])[0]), 1)
    count = min(len(indices), max(min(_SAMPLES, _BYTES // sample_bytes), 1))
    read = dataset.read(indices[np.unique(np.linspace(0, len(indices) - 1, count, dtype=np.int64))])
    for name in dataset.inputs:
        if name not in tables and (found := _range(read[name])) is not None:
            yield (name, None), found


def _of_table(dataset: Dataset, entry: Input, indices: Indices) -> Iterator[tuple[Place, ValueRange]]:
    names = [column.name for column in entry.columns if column.kind == "numeric"]
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    for first in range(0, len(indices), _CHUNK_ROWS) if names else ():
        values = dataset.rows(entry.name, indices[first : first + _CHUNK_ROWS])["numeric"]
        low, high = np.fmin(low, np.fmin.reduce(values)), np.fmax(high, np.fmax.reduce(values))
    for name, smallest, largest in zip(names, low.tolist(), high.tolist(), strict=True):
        if np.isfinite([smallest, largest]).all():
            yield (entry.name, name), ValueRange(smallest, largest, len(indices))


def _range(values: Any) -> ValueRange | None:
    """Return the range of an array, or of a list of images that differ in size."""
    found = [part for part in map(value_range, values if isinstance(values, list) else [values]) if part is not None]
    if not found:
        return None
    return ValueRange(min(part.low for part in found), max(part.high for part in found), len(values))
