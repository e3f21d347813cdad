"""Table: rows of a CSV or Parquet file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import BadSample, Dataset, Target
from kpipe.data.image_file import printable
from kpipe.data.labels import encode_parts
from kpipe.data.sources.array_dataset import consecutive
from kpipe.data.sources.image_set import Color, ImageSet
from kpipe.data.sources.source import OpenContext, Source
from kpipe.data.sources.table_columns import ColumnChoice, TableColumns
from kpipe.data.sources.table_dataset import TableDataset
from kpipe.data.sources.table_file import TableFile
from kpipe.data.sources.table_part import TablePart, read_part
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped


class Table(Source):
    """Numeric and categorical columns, images that a column names, and one or several targets.

    CSV is UTF-8 with a header line, commas (in a `.tsv` tabs), double quotes, and the point as decimal sign.
    A column is numeric if at least half of its values are finite numbers (those that are empty or say NA,
    N/A, NaN, null, None, `?` or `-` do not count), else categorical. A row is skipped and counted as bad if
    a numeric column contains anything but a finite number, or a categorical column, a target or an image's path
    is empty, or the image cannot be used. Categories and classes are compared as values: decimal numbers
    exactly (`1.0` is `1`, `017` is not `17`), `true` and `True` in a column of booleans alone, all else as it
    is written. Inputs: `table`, and one for each of `images`; targets by their columns' names.

    Args:
        path: the file with the training rows (`.csv`, `.tsv`, `.txt`, `.parquet`, `.pq`).
        target: the column to be predicted.
        targets: several columns to be predicted; instead of `target`.
        test: a file with the test part; without it `data.test` is a share of all rows.
        validation: a file with the validation part; without it `data.validation` is a share.
        columns: the table's columns; by default all but targets and images.
        numeric: columns that are numeric regardless of their values; for a target, regression.
        categorical: columns that are categorical regardless of their values; for a target, classification.
        task: of the targets; `auto` is regression for numbers with more than 20 different values or any that
            is not whole, else classification. The decision is reported.
        images: for an input's name the column that contains the path of its image, relative to the file.
        color: of the images: `rgb` or `grey` for all; `auto` is grey if every image is grey, else RGB.

    Example:
        source:
          Table: {path: houses.csv, images: {image: photo_file}, targets: [price, kind]}
    """

    def __init__(
        self,
        path: Path,
        target: str | None = None,
        targets: list[str] | None = None,
        test: Path | None = None,
        validation: Path | None = None,
        columns: list[str] | None = None,
        numeric: list[str] | None = None,
        categorical: list[str] | None = None,
        task: Literal["auto", "classification", "regression"] = "auto",
        images: dict[str, str] | None = None,
        color: Color = "auto",
    ) -> None:
        if target is not None and targets is not None:
            raise ArgumentError("target", "write either target or targets, not both")
        named = targets if target is None else [target]
        if not named:
            raise ArgumentError(
                "target", "name the column to be predicted: `target: price`, or `targets: [price, kind]`"
            )
        if images and "table" in images:
            raise ArgumentError("images", "`table` is the name of the columns' own input; choose another one")
        paths = {"train": path, "validation": validation, "test": test}
        self.paths = {part: Path(entry) for part, entry in paths.items() if entry is not None}
        self.choice = ColumnChoice(named, columns, numeric or [], categorical or [], images or {}, task)
        self.color = color

    def input_names(self) -> Sequence[str]:
        """The columns' own input, and one for each of `images`."""
        return ("table", *self.choice.images)

    def open(self, context: OpenContext) -> Dataset:
        """Reads the files into memory and checks the images that are new or changed.

        Raises:
            ArgumentError: a missing file or column.
            DataError: a file that cannot be read, more bad rows than allowed, an unknown class in a further
            part.
        """
        files = {part: _open_file(path, part) for part, path in self.paths.items()}
        columns = self.choice.decide(files["train"])
        parts: dict[str, TablePart] = {}
        for part, file in files.items():
            columns.require(file, "path" if part == "train" else part)
            parts[part] = read_part(file, columns, context)
        bad = [sample for entry in parts.values() for sample in entry.bad]
        context.report_bad(bad, sum(len(file) for file in files.values()), "rows")
        for entry in parts.values():
            if len(entry.rows) == 0:
                raise DataError(f"{printable(entry.file.path)} has no usable row")
        labels, targets = _encode(columns, parts)
        _announce(columns, targets, context)
        return _dataset(columns, parts, labels, targets, bad, self.color, context.max_pixels)


def _open_file(path: Path, part: str) -> TableFile:
    argument = "path" if part == "train" else part
    if not path.exists():
        raise ArgumentError(argument, f"the file {printable(path)} does not exist")
    if path.is_dir():
        raise ArgumentError(argument, f"{printable(path)} is a folder; a CSV or Parquet file is needed")
    return TableFile(path)


def _encode(
    columns: TableColumns, parts: Mapping[str, TablePart]
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Target]]:
    labels, targets = {}, {}
    for name, form in columns.targets.items():
        raw = {part: values.labels[name] for part, values in parts.items()}
        encoded, targets[name] = encode_parts(raw, "regression" if form == "number" else "classification", name=name)
        labels[name] = np.concatenate([encoded[part] for part in parts])
    return labels, targets


def _announce(columns: TableColumns, targets: Mapping[str, Target], context: OpenContext) -> None:
    kinds = [entry.kind for entry in columns.inputs]
    counts = " and ".join(f"{kinds.count(kind)} {kind}" for kind in ("numeric", "categorical") if kind in kinds)
    if counts:
        context.say(f"table: {counts} columns")
    for name, target in targets.items():
        if target.classes is None:
            context.say(f"target {escaped(name)}: a number to predict (regression)")
        else:
            shown = ", ".join(map(escaped, target.classes[:10])) + (", ..." if len(target.classes) > 10 else "")
            context.say(f"target {escaped(name)}: {len(target.classes)} classes: {shown}")


def _dataset(
    columns: TableColumns,
    parts: Mapping[str, TablePart],
    labels: Mapping[str, npt.NDArray[Any]],
    targets: Mapping[str, Target],
    bad: list[BadSample],
    color: Color,
    max_pixels: int,
) -> TableDataset:
    images = {}
    for name in columns.images:
        found = [part.images[name] for part in parts.values()]
        paths, sizes = (
            [path for entry, _ in found for path in entry],
            [size for _, entry in found for size in entry],
        )
        images[name] = ImageSet(paths, sizes, color, columns.images[name], max_pixels)
    origin = [(part.file, part.rows) for part in parts.values()]
    lengths = {name: len(part.rows) for name, part in parts.items()}
    starts = np.cumsum([0, *lengths.values()])

    def name_of(index: int) -> str:
        position = int(np.searchsorted(starts, index, side="right")) - 1
        file, rows = origin[position]
        return file.row_name(int(rows[index - starts[position]]))

    return TableDataset(
        columns.inputs,
        np.concatenate([part.numeric for part in parts.values()]),
        np.concatenate([part.categorical for part in parts.values()]),
        images,
        targets,
        labels,
        consecutive(lengths),
        bad,
        name_of,
        _files(parts, columns.images),
    )


def _files(parts: Mapping[str, TablePart], images: Iterable[str]) -> list[tuple[str, Path]]:
    found = []
    for name, part in parts.items():
        table = part.file.path
        found.append((f"{name}: {table.name}", table))
        for image in images:
            paths, _ = part.images[image]
            found += [(f"{name}: {image}: {os.path.relpath(path, table.parent)}", path) for path in paths]
    return found
