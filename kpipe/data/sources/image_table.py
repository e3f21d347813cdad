"""A source for images whose targets are images too, in the columns of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.csv_format import CsvFormat
from kpipe.data.images.image_file import printable
from kpipe.data.sources.image_set import Color
from kpipe.data.sources.image_target_source import ImageTargetSource
from kpipe.data.sources.separator_error import SeparatorError
from kpipe.data.sources.table_file import PARQUET, TableFile
from kpipe.errors import ArgumentError
from kpipe.messages.escaped import escaped


class ImageTable(ImageTargetSource):
    """Images and the masks or images to predict from them, whose files are in the columns of a CSV or Parquet file.

    A row is a sample; its paths are relative to the table. The targets are read as by `ImagePairs`. A row with a file
    that is missing or damaged is skipped and counted as bad.

    Args:
        path: the table of the training part.
        inputs: the column with the files of each input.
        masks: the column with the masks of each target with classes.
        targets: the column with the images of each target with numbers from 0 to 1.
        size: height and width of all targets; by default their own, which must be the same.
        test: the table of the test part; if it is omitted, `data.test` is a fraction of all samples.
        validation: the table of the validation part; if it is omitted, `data.validation` is a fraction of the training
            samples.
        classes: the names of the classes of a single mask, in the order of their values; by default the values.
        color: `rgb` or `grey` for all inputs; `auto` (default) is grey if every image is grey, else RGB.
        separator: the character between the values of CSV files; by default `","`, or a tab in a `.tsv` file.

    Example:
        source:
          ImageTable: {path: pairs.csv, inputs: {image: photo}, masks: {mask: trimap}, size: [160, 160]}
    """

    @check_arguments
    def __init__(
        self,
        path: Path,
        inputs: dict[str, str],
        masks: dict[str, str] | None = None,
        targets: dict[str, str] | None = None,
        size: list[Annotated[int, Ge(1)]] | None = None,
        test: Path | None = None,
        validation: Path | None = None,
        classes: list[str] | None = None,
        color: Color = "auto",
        separator: str | None = None,
    ) -> None:
        paths = {"train": path, "validation": validation, "test": test}
        self.paths = {part: Path(given) for part, given in paths.items() if given is not None}
        self.csv_format = CsvFormat(separator)
        self.csv_format.check(entry for entry in self.paths.values() if entry.suffix.lower() not in PARQUET)
        super().__init__(inputs, masks, targets, size, list(self.paths), classes, color)

    def find(self, part: str) -> dict[str, tuple[Path, list[str]]]:
        """Return the folder of the table and the files of each input and target.

        Raises:
            ArgumentError: the table or a column is missing, or a value is empty.
            DataError: the table cannot be read.
        """
        path, argument = self.paths[part], "path" if part == "train" else part
        if not path.is_file():
            problem = "is a folder; expected a CSV or Parquet file" if path.is_dir() else "does not exist"
            raise ArgumentError(argument, f"{printable(path)} {problem}")
        columns = {**self.inputs, **self.masks, **self.targets}
        try:
            table = TableFile(path, self.csv_format, columns.values())
        except SeparatorError as error:
            raise ArgumentError("separator", f"{error.fault}; write {error.arguments}") from None
        columns = {**self.inputs, **self.masks, **self.targets}
        return {name: (path.parent, self._files(table, column, part, name)) for name, column in columns.items()}

    def _files(self, table: TableFile, column: str, part: str, name: str) -> list[str]:
        if column not in table.names:
            available = ", ".join(map(escaped, table.names))
            message = f"{printable(table.path)} has no column {column!r}; available: {available}"
            raise ArgumentError(self.argument(part, name), message)
        values = table.strings(column, verbatim=True)
        empty = np.flatnonzero(values == None)  # noqa: E711 (elementwise)
        if len(empty):
            where = escaped(table.row_name(int(empty[0])))
            raise ArgumentError(self.argument(part, name), f"column {column!r} is empty in {where}; add the file")
        return [str(value) for value in values]
