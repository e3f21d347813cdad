"""The roles of the columns of a table: numeric, categorical, image path, target, or unused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Column
from kpipe.data.encoding.cell_value import is_integer
from kpipe.data.images.image_file import printable
from kpipe.data.sources.table_file import TableFile
from kpipe.errors import ArgumentError
from kpipe.nearest import nearest

TargetForm = Literal["number", "index", "decimal", "name"]

#: Most distinct integers of a target that `auto` treats as classes.
_MAX_CLASSES = 20


@dataclass(frozen=True)
class TableColumns:
    """The roles of the columns of a table, determined from the training file.

    Args:
        inputs: the columns of the input `table`, in the order of the file.
        images: the column with the path of the image, keyed by input name.
        targets: the form of each target, keyed by column name: `number` (regression), `index` (classes that are
            integers), `decimal` (classes that are other numbers) or `name` (other classes).
        group: the column that identifies the group of each row; None for no groups.
    """

    inputs: tuple[Column, ...]
    images: Mapping[str, str]
    targets: Mapping[str, TargetForm]
    group: str | None = None

    def require(self, file: TableFile, argument: str) -> None:
        """Check that a file has all columns.

        Raises:
            ArgumentError: a column is missing.
        """
        required = [*(column.name for column in self.inputs), *self.images.values(), *self.targets]
        required += [] if self.group is None else [self.group]
        for name in required:
            _require_column(file, name, argument)


@dataclass(frozen=True)
class ColumnChoice:
    """The arguments of `Table` that specify the roles of columns."""

    targets: Sequence[str]
    columns: Sequence[str] | None
    numeric: Sequence[str]
    categorical: Sequence[str]
    images: Mapping[str, str]
    task: Literal["auto", "classification", "regression"]

    def decide(self, file: TableFile, group: str | None = None) -> TableColumns:
        """Return the roles of the columns of a training file.

        Args:
            file: the training file.
            group: the column that identifies the group of each row; None (default) for no groups.

        Raises:
            ArgumentError: a column is missing or has two roles.
        """
        self._require(file)
        if group is not None:
            self._require_group(file, group)
        excluded = {*self.targets, *self.images.values(), group}
        chosen = set(self.columns) if self.columns is not None else set(file.names) - excluded
        inputs = [Column(name, self._kind(file, name)) for name in file.names if name in chosen]
        if not inputs and not self.images:
            raise ArgumentError(
                "columns", f"{printable(file.path)} has only target columns; expected at least 1 input column"
            )
        targets = {name: self._form(file, name) for name in self.targets}
        return TableColumns(tuple(inputs), dict(self.images), targets, group)

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
            raise ArgumentError("numeric", f"{both[0]!r} is listed in categorical too; remove one of them")
        for argument, names in (("targets", self.targets), ("images", listed["images"])):
            both = sorted(set(names) & set(self.columns or ()))
            if both:
                raise ArgumentError("columns", f"{both[0]!r} is listed in {argument} too; remove one of them")

    def _require_group(self, file: TableFile, group: str) -> None:
        _require_column(file, group, "data.group")
        for role, names in (("a target", self.targets), ("in `columns`, and so an input", self.columns or ())):
            if group in names:
                raise ArgumentError(
                    "data.group",
                    f"{group!r} is {role}; expected a column that identifies the groups; remove one of them",
                )
        if not file.is_plain(group):
            raise ArgumentError(
                "data.group",
                f"the column {group!r} of {printable(file.path)} has an unsupported type; expected numbers, booleans "
                f"or strings, got {file.type_of(group)}; convert it",
            )

    def _kind(self, file: TableFile, name: str) -> Literal["numeric", "categorical"]:
        if not name:
            position = file.names.index(name) + 1
            raise ArgumentError(
                "columns",
                f"column {position} of {printable(file.path)} has no name, like an index written by pandas; save it "
                "with to_csv(index=False), name the column, or list the columns to use",
            )
        if not file.is_plain(name):
            raise ArgumentError(
                "columns",
                f"the column {name!r} of {printable(file.path)} has an unsupported type; expected numbers, booleans or "
                f"strings, got {file.type_of(name)}; convert it, or list the columns to use",
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
                f"the column {name!r} of {printable(file.path)} has an unsupported type; expected numbers, booleans or "
                f"strings for a target, got {file.type_of(name)}; convert it",
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
    return len(np.unique(values[np.isfinite(values)])) <= _MAX_CLASSES


def _class_form(file: TableFile, name: str) -> TargetForm:
    """Return the form of numeric classes, determined from their strings, since float64 rounds long numbers."""
    numbers = set(file.strings(name)[np.isfinite(file.numbers(name))])
    return "index" if all(map(is_integer, numbers)) else "decimal"


def _require_column(file: TableFile, name: str, argument: str) -> None:
    if name not in file.names:
        available = ", ".join(map(repr, file.names[:30])) + (", ..." if len(file.names) > 30 else "")
        raise ArgumentError(
            argument,
            f"{printable(file.path)} has no column {name!r}; available: {available}",
            nearest(name, file.names),
        )
