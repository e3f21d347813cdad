"""A source for the rows of CSV and Parquet files."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.csv_format import CsvFormat
from kpipe.data.dataset import BadSample, Dataset, Target
from kpipe.data.encoding.labels import encode_parts
from kpipe.data.images.image_file import printable
from kpipe.data.sources.array_dataset import consecutive
from kpipe.data.sources.exact_matrix import ExactMatrix
from kpipe.data.sources.formatted_numbers import report_formatted_numbers
from kpipe.data.sources.header import column_names, number_columns
from kpipe.data.sources.identifier_columns import report_identifiers
from kpipe.data.sources.image_set import Color, ImageSet
from kpipe.data.sources.rounded_integers import report_rounded_integers
from kpipe.data.sources.separator_error import SeparatorError
from kpipe.data.sources.source import OpenContext, Source
from kpipe.data.sources.table_columns import MAX_CLASSES, REST, ColumnChoice, TableColumns
from kpipe.data.sources.table_dataset import TableDataset
from kpipe.data.sources.table_file import PARQUET, TableFile
from kpipe.data.sources.table_part import TablePart, read_part
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.escaped import escaped
from kpipe.messages.listed_columns import listed_columns, yaml_names

#: What can be done about rows with missing values.
FILL = "fill missing values by Impute, as the first preparation in data.prepare"


class Table(Source):
    r"""Tables with numeric and categorical columns, columns of image paths, and one or several targets.

    A CSV file is UTF-8 with a header line, commas (tabs in a `.tsv` file) or the `separator`, double quotes, and
    decimal points or the `decimal` sign. A column is numeric if at least half of its values are finite numbers (without
    empty values, NA, N/A, NaN, null, None, `?` and `-`), else categorical. A row is skipped and counted as bad if a
    value of a numeric column is not a finite number, if a categorical value, a target or an image path is empty, or if
    the image cannot be used. With the preparation `Impute`, rows in which only values of the input `table` are missing
    are kept. Categories and classes are compared as values: decimal numbers exactly (`1.0` is `1`,
    `017` is not `17`; those with a decimal comma are shown with a point), booleans regardless of case in a column that
    contains only booleans (`true` is `True`), and all other values as they are written. The inputs are `table` and one
    input for each entry of `images`; targets have the names of their columns.

    A column with more than 31 different ISO dates (`2021-01-31`, with or without a time) is an error unless it is
    listed under `categorical`. Three kinds of columns are reported, and are not if they are listed under `categorical`,
    or, the first and the last kind, under `numeric`:

    - Nearly every row has its own value, as in an identifier: at least 90 % of at least 20 rows. This includes
      categorical columns, and integers in a column whose name ends in `id`, `uuid`, `guid`, `key` or `index` (such as
      `user_id` or `userId`), or that are all different in a range of at most twice the number of rows. Other integers,
      and numbers with fractions, can be measurements.
    - At least half of the values are numbers, and at least 1 % have thousands separators (`1,200`), currency signs
      (`$5`, `5 EUR`) or the other decimal sign (`0,5`), with which they are not read as numbers. A target
      of more than 20 such values is an error unless `task: classification` or `categorical` makes them classes.
    - Integers above 2^53 lose digits as float64 numbers.

    Args:
        path: the file with the training rows (`.csv`, `.tsv`, `.txt`, `.parquet`, `.pq`).
        target: the column to predict.
        targets: several columns to predict; instead of `target`.
        test: a file with the test part; if it is omitted, `data.test` is a fraction of all rows.
        validation: a file with the validation part; if it is omitted, `data.validation` is a fraction of the training
            rows.
        columns: the columns of the input `table`; by default all except targets, images and `exclude`.
        numeric: columns that are numeric regardless of their values; a numeric target means regression.
        categorical: columns that are categorical regardless of their values; a categorical target means
            classification.
        task: the task of the targets; `auto` (default) is regression for numbers with more than 20 distinct values or
            with fractions, else classification. The choice is reported.
        images: the column with the path of the image, relative to the file, keyed by input name.
        color: `rgb` or `grey` for all images; `auto` (default) is grey if every image is grey, else RGB.
        separator: the character between the values of CSV files, such as `";"` or `"\t"` (a tab); by default `","`, or
            a tab in a `.tsv` file. It is not allowed for Parquet files. `kpipe predict` uses the same.
        decimal: the decimal sign of the numbers in CSV files, `"."` (default) or `","`; not the separator. It is not
            allowed for Parquet files. `kpipe predict` uses the same.
        exclude: columns that are not read, such as an identifier.
        inputs: the columns of each input, keyed by input name, instead of the single input `table`; `rest` for those
            that no other input lists. Not allowed with `columns`.

    Example:
        source:
          Table: {path: houses.csv, images: {image: photo_file}, targets: [price, kind], exclude: [id]}
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
        separator: str | None = None,
        decimal: Literal[".", ","] | None = None,
        exclude: list[str] | None = None,
        inputs: dict[str, list[str] | Literal["rest"]] | None = None,
    ) -> None:
        if target is not None and targets is not None:
            raise ArgumentError("target", "target and targets cannot be combined; remove one of them")
        all_targets = targets if target is None else [target]
        if not all_targets:
            raise ArgumentError(
                "target", "no target; write the column to predict: `target: price`, or `targets: [price, kind]`"
            )
        _check_inputs(inputs, images or {}, columns)
        paths = {"train": path, "validation": validation, "test": test}
        self.paths = {part: Path(entry) for part, entry in paths.items() if entry is not None}
        self.csv_format = CsvFormat(separator, decimal)
        self.csv_format.check(entry for entry in self.paths.values() if entry.suffix.lower() not in PARQUET)
        self.choice = ColumnChoice(
            all_targets, columns, numeric or [], categorical or [], images or {}, task, exclude or [], inputs
        )
        self.color = color

    def target_names(self) -> Sequence[str]:
        """Return the columns to predict."""
        return tuple(self.choice.targets)

    def input_names(self) -> Sequence[str]:
        """Return `table`, or the names under `inputs`, and the names of the image inputs."""
        return (*(self.choice.inputs or ("table",)), *self.choice.images)

    def code_columns(self) -> Sequence[str] | None:
        """Return the columns in the header of the file that can be inputs; None if it cannot be read."""
        choice = self.choice
        names = column_names(self.paths["train"], self.csv_format)
        others = {*choice.targets, *choice.exclude, *choice.images.values()}
        return None if names is None else [name for name in names if name not in others]

    def coded_columns(self) -> Sequence[str] | None:
        """Return the columns that are categorical by the first rows of the file; None if it cannot be read."""
        names = self.code_columns()
        numeric = {*self.choice.numeric, *number_columns(self.paths["train"], self.csv_format)}
        numeric -= {*self.choice.categorical}
        return None if names is None else [name for name in names if name not in numeric]

    def open(self, context: OpenContext) -> Dataset:
        """Read the files into memory and check images that are new or modified.

        Raises:
            ArgumentError: a file or column is missing.
            DataError: a file cannot be read, there are more bad rows than allowed, or the validation or test part has
                an unknown class.
        """
        texts = self.choice.texts(context.group)
        files = {part: _open_file(path, part, self.csv_format, texts) for part, path in self.paths.items()}
        columns = self.choice.decide(files["train"], context.group, context.weights)
        parts: dict[str, TablePart] = {}
        for part, file in files.items():
            columns.require(file, "path" if part == "train" else part)
            parts[part] = read_part(file, columns, context)
        causes: list[str] = []
        formatted = self._report_formatted_numbers(columns, parts["train"], context, causes)
        bad = [sample for entry in parts.values() for sample in entry.bad]
        remedy = FILL if any(entry.has_missing for entry in parts.values()) else ""
        context.report_bad(bad, sum(len(file) for file in files.values()), "rows", remedy, causes)
        for entry in parts.values():
            if len(entry.rows) == 0:
                raise DataError(f"{printable(entry.file.path)} has no usable rows")
        labels, targets = _encode(columns, parts)
        _announce(columns, targets, context)
        rounded = self._report_rounded_integers(columns, parts["train"].file, context)
        chosen = {*self.choice.numeric, *self.choice.categorical, *formatted, *rounded}
        train = parts["train"]
        numeric = train.numeric_columns()
        report_identifiers(columns.inputs, numeric, train.categorical, chosen, bool(columns.images), context.say)
        dataset = _dataset(columns, parts, labels, targets, bad, self.color, context.max_pixels, self.csv_format)
        for entry in parts.values():
            entry.file.release()
        return dataset

    def _report_rounded_integers(self, columns: TableColumns, file: TableFile, context: OpenContext) -> set[str]:
        inputs = [entry.name for entry in columns.inputs if entry.kind == "numeric"]
        targets = [name for name, form in columns.targets.items() if form == "number"]
        inputs, targets = ([name for name in names if name not in self.choice.numeric] for names in (inputs, targets))
        return report_rounded_integers(file, inputs, targets, context.say)

    def _report_formatted_numbers(
        self, columns: TableColumns, train: TablePart, context: OpenContext, causes: list[str]
    ) -> set[str]:
        """Report formatted numbers, add the messages about those in skipped rows to `causes`, and return the columns.

        Raises:
            ArgumentError: the values of a target would be classes, but are too many for the numbers that they are.
        """
        # Formatted numbers in a numeric column are in rows that are skipped.
        is_skipped = np.ones(len(train.file), bool)
        is_skipped[train.rows] = False
        skipped = np.flatnonzero(is_skipped)
        chosen = self.choice.categorical
        texts = [entry.name for entry in columns.inputs if entry.kind == "categorical" and entry.name not in chosen]
        names = [name for name, form in columns.targets.items() if form == "name" and name not in chosen]
        numbers = [entry.name for entry in columns.inputs if entry.kind == "numeric"]
        numbers = [name for name in numbers if train.file.has_text(name, skipped)]
        targets = [name for name, form in columns.targets.items() if form != "name" and name not in chosen]
        targets = [name for name in targets if train.file.has_text(name, skipped)]
        found = report_formatted_numbers(train.file, numbers, targets, causes.append)
        for cause in causes:
            context.say(cause)
        for name in names if self.choice.task == "auto" else ():
            self._refuse_formatted_classes(train.file, name)
        return found | report_formatted_numbers(train.file, texts, names, context.say)

    def _refuse_formatted_classes(self, file: TableFile, name: str) -> None:
        """Refuse formatted numbers as classes if there are too many for classes."""
        said: list[str] = []
        if report_formatted_numbers(file, [], [name], said.append) and _num_distinct(file, name) > MAX_CLASSES:
            setting = "task: classification" if len(self.choice.targets) == 1 else f"categorical: {yaml_names([name])}"
            raise ArgumentError("targets", f"{said[0]}, or `{setting}` if they are classes")


def _num_distinct(file: TableFile, name: str) -> int:
    return len({text for text in file.strings(name) if text is not None})


def _check_inputs(
    inputs: Mapping[str, Sequence[str] | Literal["rest"]] | None,
    images: Mapping[str, str],
    columns: Sequence[str] | None,
) -> None:
    """Check the names under `inputs`, and that no columns are stated twice."""
    if inputs is None:
        if "table" in images:
            raise ArgumentError("images", "`table` is reserved for the input with the columns; choose another name")
        return
    if columns is not None:
        raise ArgumentError("columns", "columns and inputs cannot be combined; list the columns under inputs")
    if not inputs or not all(inputs.values()):
        example = "inputs: {user: [user_id], other: rest}"
        raise ArgumentError("inputs", f"expected at least 1 column for each input; write them, such as `{example}`")
    for name, names in inputs.items():
        if names != REST and not (isinstance(names, list | tuple) and all(isinstance(entry, str) for entry in names)):
            remedy = f"; write [{names}]" if isinstance(names, str) else ""
            raise ArgumentError("inputs", f"expected a list of columns or rest for {name!r}, got {names!r}{remedy}")
    if both := sorted(set(inputs) & set(images)):
        raise ArgumentError("inputs", f"{both[0]!r} is an input of images too; choose another name")
    if list(inputs.values()).count(REST) > 1:
        raise ArgumentError("inputs", "several inputs have the rest of the columns; expected at most 1")


def _open_file(path: Path, part: str, form: CsvFormat, texts: Collection[str]) -> TableFile:
    argument = "path" if part == "train" else part
    if not path.exists():
        raise ArgumentError(argument, f"the file {printable(path)} does not exist")
    if path.is_dir():
        raise ArgumentError(argument, f"{printable(path)} is a folder; expected a CSV or Parquet file")
    try:
        return TableFile(path, form, texts)
    except SeparatorError as error:
        raise ArgumentError("separator", f"{error.fault}; write {error.arguments}") from None


def _encode(
    columns: TableColumns, parts: Mapping[str, TablePart]
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Target]]:
    labels, targets = {}, {}
    for name, form in columns.targets.items():
        raw = {part: values.labels[name] for part, values in parts.items()}
        encoded, target = encode_parts(raw, "regression" if form == "number" else "classification", name=name)
        targets[name] = replace(target, reason=columns.reasons.get(name, ""))
        labels[name] = np.concatenate([encoded[part] for part in parts])
    return labels, targets


def _announce(columns: TableColumns, targets: Mapping[str, Target], context: OpenContext) -> None:
    for table, entries in columns.by_table.items():
        kinds = [entry.kind for entry in entries]
        counts = " and ".join(f"{kinds.count(kind)} {kind}" for kind in ("numeric", "categorical") if kind in kinds)
        context.say(f"{escaped(table)}: {counts} column{'' if len(kinds) == 1 else 's'}")
    if columns.unread:
        names = listed_columns([repr(name) for name in columns.unread])
        plural = "" if len(columns.unread) == 1 else "s"
        context.say(
            f"column{plural} {names}: in no input; write `other: rest` under inputs, or exclude the column{plural}"
        )
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
    csv_format: CsvFormat,
) -> TableDataset:
    images = {}
    for name in columns.images:
        found = [part.images[name] for part in parts.values()]
        paths, sizes = (
            [path for entry, _ in found for path in entry],
            [size for _, entry in found for size in entry],
        )
        images[name] = ImageSet(paths, sizes, color, columns.images[name], max_pixels)
    lengths = {name: len(part.rows) for name, part in parts.items()}
    return TableDataset(
        columns.inputs,
        _numeric(list(parts.values())),
        _joined([part.categorical for part in parts.values()]),
        images,
        targets,
        labels,
        consecutive(lengths),
        bad,
        _RowNames([(part.file, part.rows) for part in parts.values()]),
        _files(parts, columns.images),
        _groups(parts),
        csv_format,
        columns.by_table,
        _weights(parts),
    )


def _numeric(parts: Sequence[TablePart]) -> ExactMatrix:
    """Return the numbers of all parts; each file frees its own meanwhile."""
    shape = sum(len(part.rows) for part in parts), len(parts[0].numeric_names)
    return ExactMatrix(chain.from_iterable(part.take_numeric() for part in parts), shape)


def _joined(arrays: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return the rows of all arrays, without a copy of a single one."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _groups(parts: Mapping[str, TablePart]) -> npt.NDArray[np.object_] | None:
    found = [part.groups for part in parts.values() if part.groups is not None]
    return np.concatenate(found) if found else None


def _weights(parts: Mapping[str, TablePart]) -> npt.NDArray[np.float32] | None:
    found = [part.weights for part in parts.values() if part.weights is not None]
    return np.concatenate(found) if found else None


class _RowNames:
    """Returns the name of a row, given its index over all parts; unlike a nested function, it can be pickled."""

    def __init__(self, origins: Sequence[tuple[TableFile, npt.NDArray[Any]]]) -> None:
        self._origins = list(origins)
        self._starts = np.cumsum([0, *(len(rows) for _, rows in origins)])

    def __call__(self, index: int) -> str:
        position = int(np.searchsorted(self._starts, index, side="right")) - 1
        file, rows = self._origins[position]
        return file.row_name(int(rows[index - self._starts[position]]))


def _files(parts: Mapping[str, TablePart], images: Iterable[str]) -> list[tuple[str, Path]]:
    found = []
    for name, part in parts.items():
        table = part.file.path
        found.append((f"{name}: {table.name}", table))
        for image in images:
            paths, _ = part.images[image]
            found += [(f"{name}: {image}: {os.path.relpath(path, table.parent)}", path) for path in paths]
    return found
