"""A CSV file of a run folder that grows row by row."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from kpipe.errors import DataError
from kpipe.messages.call_argument import call_argument
from kpipe.messages.formula_guard import FormulaGuard
from kpipe.train.run_folder.run_folder import RunFolder

Row = dict[str, float | int | None]
#: A row of a table that also has columns of text.
TextRow = dict[str, float | int | str | None]


class GrowingTable:
    """A table of numbers, whose file costs as much for the millionth row as for the first one.

    A row is appended and synchronized to the disk; only a new column rewrites the file. The state for a checkpoint
    contains no rows: those after it are removed from the file when the training is resumed.

    Args:
        folder: the run folder.
        name: the name of the file.
        first: the columns at the beginning; further ones follow in the order of their first values.
        last: the columns at the end.
        text: the columns that contain text.

    Attributes:
        rows: the rows by column; a column without a value is missing, or None.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> table = GrowingTable(RunFolder(Path(tempfile.mkdtemp())), "history.csv", last=["seconds"])
        >>> for epoch in (1, 2):
        ...     table.add({"epoch": epoch, "loss": 0.5, "seconds": 0.1})
        >>> print((table.folder / "history.csv").read_text())
        epoch,loss,seconds
        1,0.5,0.1
        2,0.5,0.1
        <BLANKLINE>
    """

    def __init__(
        self,
        folder: RunFolder,
        name: str,
        first: Iterable[str] = (),
        last: Iterable[str] = (),
        text: Iterable[str] = (),
    ) -> None:
        self.folder, self.name = folder, name
        self._last = [*last]
        self._text = frozenset(text)
        self._waits = False
        self._columns = dict.fromkeys(first)
        self.rows: list[Any] = []
        self._length = 0
        self._digest = hashlib.sha256()

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [*self._columns, *self._last]

    def add(self, row: Row) -> None:
        """Append a row.

        Raises:
            TrainingError: it cannot be written.
        """
        self._extend([row], waits=True)

    def extend(self, rows: Sequence[TextRow]) -> None:
        """Append rows at once, without waiting for the disk; `state` does that.

        Raises:
            TrainingError: they cannot be written.
        """
        self._extend(rows, waits=False)
        self._waits = True

    def state(self) -> dict[str, Any]:
        """Return the number of rows, the columns and the digest of the file, all rows of which are on the disk."""
        if self._waits:
            self._append(b"", waits=True)
            self._waits = False
        return {"rows": len(self.rows), "columns": self.columns, "sha256": self._digest.hexdigest()}

    def restore(self, state: Mapping[str, Any] | list[Row]) -> None:
        """Return to a state; rows and columns that were added after it are removed from the file.

        Args:
            state: a state, or all rows as in checkpoints of earlier versions.

        Raises:
            DataError: the file has been changed since.
            TrainingError: it cannot be written.
        """
        self.rows = [*state] if isinstance(state, list) else unchanged_rows(self.folder, self.name, state, self._text)
        names = state["columns"] if isinstance(state, Mapping) else [name for row in state for name in row]
        self._columns.update(dict.fromkeys(name for name in names if name not in self._last))
        if self.rows:
            self._rewrite()
        else:
            self.folder.remove(self.name)

    def _extend(self, rows: Sequence[Mapping[str, Any]], *, waits: bool) -> None:
        self.rows.extend(rows)
        known = {*self._columns, *self._last}
        new = dict.fromkeys(name for row in rows for name in row if name not in known)
        if new or not self._length:
            self._columns.update(new)
            self._rewrite()
        else:
            self._append(_lines(map(self._cells, rows)), waits=waits)

    def _rewrite(self) -> None:
        content = _lines([self.columns, *map(self._cells, self.rows)])
        self.folder.save(self.name, lambda path: path.write_bytes(content))
        self._length, self._digest = len(content), hashlib.sha256(content)

    def _append(self, content: bytes, *, waits: bool) -> None:
        self.folder.append(self.name, self._length, content, waits=waits)
        self._length += len(content)
        self._digest.update(content)

    def _cells(self, row: Mapping[str, Any]) -> list[Any]:
        return [row.get(name) for name in self.columns]


def unchanged_rows(folder: RunFolder, name: str, state: Mapping[str, Any], text: Collection[str] = ()) -> list[Any]:
    """Return the rows that a growing table had in a state.

    Args:
        folder: the run folder.
        name: the name of the file, which may have further rows and columns.
        state: the state.
        text: the columns that contain text.

    Raises:
        DataError: the file has been changed since, or is missing.
    """
    count, columns = state["rows"], state["columns"]
    if not count:
        return []
    try:
        rows = [
            {column: line[column] if column in text else _value(line[column]) for column in columns}
            for line in itertools.islice(folder.read_csv(name), count)
        ]
    except (DataError, KeyError, TypeError, ValueError):
        rows = []
    if hashlib.sha256(_lines([columns, *(row.values() for row in rows)])).hexdigest() != state["sha256"]:
        raise DataError(
            f"{folder / name} has been changed or removed since the checkpoint was written, so that "
            f"{call_argument('resume')} cannot continue it; restore the file, or start again in another folder"
        )
    return rows


def _lines(rows: Iterable[Iterable[Any]]) -> bytes:
    guard = FormulaGuard()
    return "".join(f"{guard.line(cells)}\n" for cells in rows).encode("utf-8", errors="backslashreplace")


def _value(cell: str) -> float | int | None:
    if not cell:
        return None
    with suppress(ValueError):
        return int(cell)
    return float(cell)
