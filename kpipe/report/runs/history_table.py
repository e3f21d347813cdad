"""The contents of `history.csv`."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kpipe.messages.formula_guard import without_apostrophe

#: Columns that are not metrics.
_OTHERS = ("epoch", "stage", "seconds")


@dataclass(frozen=True)
class HistoryTable:
    """The values of each epoch.

    Args:
        columns: the values by column; None where a cell is empty, and NaN where it is not a finite number.
    """

    columns: Mapping[str, Sequence[float | None]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> HistoryTable:
        """Return the whole rows of a file, to which a running process may be appending; none if it cannot be read."""
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, ValueError):
            return cls()
        header, *rows = csv.reader(io.StringIO(text[: text.rfind("\n") + 1], newline="")) if "\n" in text else [[]]
        whole = [row for row in rows if len(row) == len(header)]
        return cls(
            {without_apostrophe(name): [_number(row[index]) for row in whole] for index, name in enumerate(header)}
        )

    @property
    def epochs(self) -> Sequence[float | None]:
        """The numbers of the epochs."""
        return self.columns.get("epoch", [])

    @property
    def metrics(self) -> list[str]:
        """The names of the columns that are metrics, or the learning rate."""
        return [name for name in self.columns if name not in _OTHERS]

    @property
    def seconds(self) -> float | None:
        """The duration of all epochs; None if there are none."""
        known = [value for value in self.columns.get("seconds", []) if value is not None and math.isfinite(value)]
        return math.fsum(known) if known else None

    def value(self, column: str, epoch: int | None = None) -> float | None:
        """Return the value of a column at an epoch, by default the last finite one; None if there is none.

        Example:
            >>> table = HistoryTable({"epoch": [1, 2, 3], "loss": [0.5, 0.25, None]})
            >>> table.value("loss", 1), table.value("loss"), table.value("accuracy")
            (0.5, 0.25, None)
        """
        values = self.columns.get(column, [])
        known = [
            value
            for number, value in zip(self.epochs, values, strict=False)
            if value is not None and math.isfinite(value) and epoch in (None, number)
        ]
        return known[-1] if known else None


def _number(cell: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
