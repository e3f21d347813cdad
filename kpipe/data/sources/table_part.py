"""The usable rows of one table file, and the rows that are skipped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import BadSample
from kpipe.data.encoding.cell_value import cell_value
from kpipe.data.images.image_file import ImageInfo
from kpipe.data.images.wrong_endings import ending, wrong_endings
from kpipe.data.sources.image_check import check_images
from kpipe.data.sources.image_checks import Result
from kpipe.data.sources.source import OpenContext
from kpipe.data.sources.table_columns import TableColumns, TargetForm
from kpipe.data.sources.table_file import TableFile
from kpipe.messages.escaped import escaped


@dataclass(frozen=True)
class TablePart:
    """The usable rows of one file.

    Args:
        file: the file.
        rows: the numbers of the rows in the file, from 0.
        numeric_names: the numeric columns, in order.
        categorical: the values of the categorical columns.
        labels: the raw labels, keyed by target name.
        images: the paths and sizes of the images, keyed by input name.
        bad: the skipped rows.
        groups: the group of each row as a string; None for no groups.
        has_missing: whether rows are skipped because of missing values that a preparation could fill.
        weights: the weight of each row; None for no weights.
    """

    file: TableFile
    rows: npt.NDArray[np.int64]
    numeric_names: list[str]
    categorical: npt.NDArray[np.object_]
    labels: Mapping[str, npt.NDArray[Any]]
    images: Mapping[str, tuple[list[Path], list[ImageInfo]]]
    bad: list[BadSample]
    groups: npt.NDArray[np.object_] | None = None
    has_missing: bool = False
    weights: npt.NDArray[np.float32] | None = None

    @cached_property
    def numeric(self) -> npt.NDArray[np.float64]:
        """The values of the numeric columns (rows, columns)."""
        return np.concatenate([np.empty((0, len(self.numeric_names))), *self.take_numeric()])

    def take_numeric(self) -> Iterator[npt.NDArray[np.float64]]:
        """Yield the values of the numeric columns block by block, while the file frees its numbers."""
        return self.file.take_numbers(self.numeric_names, self.rows)

    def numeric_columns(self) -> Iterator[npt.NDArray[np.float64]]:
        """Yield the values of each numeric column; only before the file has freed its numbers."""
        for name in self.numeric_names:
            values = self.file.numbers(name)
            yield values if len(values) == len(self.rows) else values[self.rows]


def read_part(file: TableFile, columns: TableColumns, context: OpenContext) -> TablePart:
    r"""Read a file, skipping rows with missing values, non-numeric values in numeric columns, or bad images.

    If a preparation fills the missing values of a table, as the context states, rows are kept although values of the
    input are missing: numbers are NaN then, and categories are empty strings.

    Example:
        >>> import tempfile
        >>> from kpipe.data.dataset import Column
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = path.write_text("area,kind\n3.5,flat\nn/a,house\n")
        >>> columns = TableColumns((Column("area", "numeric"),), {}, {"kind": "name"})
        >>> part = read_part(TableFile(path), columns, OpenContext(print, 0.5, Path("cache")))
        >>> part.labels["kind"].tolist(), part.bad[0].reason
        (['flat'], "column 'area': 'n/a' is not a number")
    """
    reasons: dict[int, str] = {}
    tables = columns.by_table.items()
    filled = {entry.name for table, entries in tables if context.fills(table) for entry in entries}
    names = {
        kind: [entry.name for entry in columns.inputs if entry.kind == kind] for kind in ("numeric", "categorical")
    }
    for name in names["numeric"]:
        _refuse_others(file, name, reasons, name in filled)
    categorical = _texts(file, names["categorical"], reasons, filled)
    has_missing = bool(reasons) and _has_missing(file, names["numeric"], categorical, filled)
    labels = {name: _labels(file, name, form, reasons) for name, form in columns.targets.items()}
    images = {name: _images(file, column, reasons, context) for name, column in columns.images.items()}
    groups = None if columns.group is None else _names(file, columns.group, reasons)
    weights = None if columns.weights is None else _weights(file, columns.weights, reasons)
    rows = _others(reasons, len(file))
    return TablePart(
        file=file,
        rows=rows,
        numeric_names=names["numeric"],
        categorical=categorical[rows] if reasons else categorical,
        labels={name: values[rows] for name, values in labels.items()},
        images={name: _kept(found, rows) for name, found in images.items()},
        bad=[BadSample(file.row_name(row), reasons[row]) for row in sorted(reasons)],
        groups=None if groups is None else np.array([cell_value(name) for name in groups[rows]], object),
        has_missing=has_missing,
        weights=None if weights is None else weights[rows].astype(np.float32),
    )


def _others(rows: Collection[int], count: int) -> npt.NDArray[np.int64]:
    """Return the numbers of all other rows, which needs less memory than a difference of sets."""
    is_other = np.ones(count, bool)
    is_other[list(rows)] = False
    return np.flatnonzero(is_other)


def _has_missing(
    file: TableFile, numeric: Sequence[str], categorical: npt.NDArray[np.object_], filled: Collection[str]
) -> bool:
    """Return whether values are missing that a preparation could fill."""
    if (categorical == None).any():  # noqa: E711 (elementwise)
        return True
    return any(file.other_missing(name).any() for name in numeric if name not in filled)


def _refuse_others(file: TableFile, name: str, reasons: dict[int, str], is_filled: bool = False) -> None:
    """Refuse rows whose value in a column is not a finite number, or, if missing values are filled, not missing."""
    missing = file.other_missing(name) if is_filled else None
    for place, (row, text) in enumerate(zip(file.other_rows(name), file.other_values(name), strict=True)):
        if missing is None or not missing[place]:
            reason = f"column {name!r}: {text!r} is not a number" if text.strip() else f"column {name!r} is empty"
            reasons.setdefault(int(row), reason)


def _numbers(file: TableFile, name: str, reasons: dict[int, str]) -> npt.NDArray[np.float64]:
    _refuse_others(file, name, reasons)
    return file.numbers(name)


def _texts(
    file: TableFile, names: Sequence[str], reasons: dict[int, str], filled: Collection[str]
) -> npt.NDArray[np.object_]:
    matrix = np.empty((len(file), len(names)), object)
    for position, name in enumerate(names):
        if name in filled:
            texts = file.strings(name)
            matrix[:, position] = np.where(texts == None, "", texts)  # noqa: E711 (elementwise)
        else:
            matrix[:, position] = _names(file, name, reasons)
    return matrix


def _names(file: TableFile, name: str, reasons: dict[int, str], *, verbatim: bool = False) -> npt.NDArray[np.object_]:
    values = file.strings(name, verbatim=verbatim)
    for row in np.flatnonzero(values == None):  # noqa: E711 (elementwise)
        reasons.setdefault(int(row), f"column {name!r} is empty")
    return values


def _labels(file: TableFile, name: str, form: TargetForm, reasons: dict[int, str]) -> npt.NDArray[Any]:
    if form == "name":
        return _names(file, name, reasons)
    values = _numbers(file, name, reasons)
    if form == "number":
        return values
    if form == "index":
        for row in np.flatnonzero(values != np.rint(values)):
            reasons.setdefault(int(row), f"column {name!r}: {file.value(name, int(row))!r} is not a class index")
    return file.strings(name)


def _weights(file: TableFile, name: str, reasons: dict[int, str]) -> npt.NDArray[np.float64]:
    values = _numbers(file, name, reasons)
    for row in np.flatnonzero((values < 0) | (values > np.finfo(np.float32).max)):
        reasons.setdefault(int(row), f"column {name!r}: {file.value(name, int(row))!r} is not a weight of at least 0")
    return values


def _images(
    file: TableFile, column: str, reasons: dict[int, str], context: OpenContext
) -> list[tuple[Path, ImageInfo] | None]:
    """Return the image of each row, or None; several rows may have the same image, which is checked once."""
    folder = file.path.parent
    names = _names(file, column, reasons, verbatim=True)
    unique = list(dict.fromkeys(name for name in names if name is not None))
    results = dict(zip(unique, check_images(folder, unique, context), strict=True))
    if notice := wrong_endings(_formats(results)):
        context.say(notice)
    found: list[tuple[Path, ImageInfo] | None] = []
    for row, name in enumerate(names):
        result = results.get(name)
        if isinstance(result, ImageInfo):
            found.append((folder / name, result))
            continue
        found.append(None)
        reasons.setdefault(row, f"column {column!r}: {escaped(name or '')}: {result}")
    return found


def _formats(results: Mapping[str, Result]) -> Iterator[tuple[str, str]]:
    for name, result in results.items():
        if isinstance(result, ImageInfo):
            yield ending(name), result.format


def _kept(
    found: list[tuple[Path, ImageInfo] | None], rows: npt.NDArray[np.int64]
) -> tuple[list[Path], list[ImageInfo]]:
    kept = [entry for entry in (found[row] for row in rows) if entry is not None]
    return [path for path, _ in kept], [size for _, size in kept]
