"""What each column of a table is for: a number, a category, an image, a target, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.cell_value import is_whole
from kpipe.data.dataset import Column
from kpipe.data.image_file import printable
from kpipe.data.sources.table_file import TableFile
from kpipe.errors import ArgumentError
from kpipe.nearest import nearest

TargetForm = Literal["number", "index", "decimal", "name"]

#: Different integers of a target up to which `auto` takes them for classes.
_MOST_CLASSES = 20


@dataclass(frozen=True)
class TableColumns:
    """The roles of a table's columns, decided on the training file.

    Args:
        inputs: the table's columns, in the file's order.
        images: column with the path, keyed by input name.
        targets: by column: `number` (regression), `index` (classes that are integers), `decimal` (classes
            that are numbers) or `name` (other classes).
    """

    inputs: tuple[Column, ...]
    images: Mapping[str, str]
    targets: Mapping[str, TargetForm]

    def require(self, file: TableFile, argument: str) -> None:
        """Refuses a further file that lacks one of the columns."""
        needed = [*(column.name for column in self.inputs), *self.images.values(), *self.targets]
        for name in needed:
            _require_column(file, name, argument)


@dataclass(frozen=True)
class ColumnChoice:
    """What the spec states about the columns; see `Table` for each."""

    targets: Sequence[str]
    columns: Sequence[str] | None
    numeric: Sequence[str]
    categorical: Sequence[str]
    images: Mapping[str, str]
    task: Literal["auto", "classification", "regression"]

    def decide(self, file: TableFile) -> TableColumns:
        """The roles of a training file's columns.

        Raises:
            ArgumentError: a column that the file does not have, or one with two roles.
        """
        self._require(file)
        taken = {*self.targets, *self.images.values()}
        chosen = set(self.columns) if self.columns is not None else set(file.names) - taken
        inputs = [Column(name, self._kind(file, name)) for name in file.names if name in chosen]
        if not inputs and not self.images:
            raise ArgumentError(
                "columns", f"{printable(file.path)} has no column but the targets; there is nothing to learn from"
            )
        targets = {name: self._form(file, name) for name in self.targets}
        return TableColumns(tuple(inputs), dict(self.images), targets)

    def _require(self, file: TableFile) -> None:
        listed = {
            "targets": self.targets,
            "columns": self.columns or (),
            "numeric": self.numeric,
            "categorical": self.categorical,
            "images": list(self.images.values()),
        }
        for argument, names in listed.items():
            for name in names:
                _require_column(file, name, argument)
        both = sorted(set(self.numeric) & set(self.categorical))
        if both:
            raise ArgumentError("numeric", f"{both[0]!r} is listed under categorical too")
        for argument, names in (("targets", self.targets), ("images", listed["images"])):
            twice = sorted(set(names) & set(self.columns or ()))
            if twice:
                raise ArgumentError("columns", f"{twice[0]!r} is listed under {argument} too; it cannot be both")

    def _kind(self, file: TableFile, name: str) -> Literal["numeric", "categorical"]:
        if not name:
            position = file.names.index(name) + 1
            raise ArgumentError(
                "columns",
                f"column {position} of {printable(file.path)} has no name (a row number that pandas wrote? use "
                "to_csv(index=False)); name it, remove it, or list the columns to be used",
            )
        if not file.is_plain(name):
            raise ArgumentError(
                "columns",
                f"the column {name!r} of {printable(file.path)} contains {file.type_of(name)}; numbers, booleans and "
                "strings can be used: convert it, or list the columns to be used",
            )
        if name in self.numeric:
            return "numeric"
        if name in self.categorical or not file.looks_numeric(name):
            return "categorical"
        return "numeric"

    def _form(self, file: TableFile, name: str) -> TargetForm:
        if not file.is_plain(name):
            raise ArgumentError(
                "targets",
                f"the column {name!r} of {printable(file.path)} contains {file.type_of(name)}; a target "
                "is a number, a boolean or a string",
            )
        if name in self.numeric or (self.task == "regression" and name not in self.categorical):
            return "number"
        numeric = file.looks_numeric(name)
        if name in self.categorical or self.task == "classification":
            return _class_form(file, name) if numeric and not file.has_names(name) else "name"
        if not numeric:
            return "name"
        return "index" if _are_few(file.numbers(name)) and _class_form(file, name) == "index" else "number"


def _are_few(values: npt.NDArray[np.float64]) -> bool:
    return len(np.unique(values[np.isfinite(values)])) <= _MOST_CLASSES


def _class_form(file: TableFile, name: str) -> TargetForm:
    """What classes that are numbers are; strings tell, since float64 rounds long numbers."""
    numbers = set(file.texts(name)[np.isfinite(file.numbers(name))])
    return "index" if all(map(is_whole, numbers)) else "decimal"


def _require_column(file: TableFile, name: str, argument: str) -> None:
    if name not in file.names:
        shown = ", ".join(map(repr, file.names[:30])) + (", ..." if len(file.names) > 30 else "")
        raise ArgumentError(
            argument, f"{printable(file.path)} has no column {name!r}; it has {shown}", nearest(name, file.names)
        )
