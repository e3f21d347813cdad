"""The roles of the columns of a table: numeric, categorical, image path, target, or unused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Column
from kpipe.data.encoding.cell_value import is_integer
from kpipe.data.images.image_file import printable
from kpipe.data.sources.table_file import NAME_COLUMNS, TableFile
from kpipe.errors import ArgumentError
from kpipe.messages.listed_columns import listed_columns, yaml_names
from kpipe.nearest import nearest

TargetForm = Literal["number", "index", "decimal", "name"]

#: The columns of an input that no other input lists.
REST = "rest"
#: Most distinct integers of a target that `auto` treats as classes.
MAX_CLASSES = 20
#: Most distinct dates that are categories by default, such as the days of a month.
MAX_DATES = 31

_DATE = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?$"
)


@dataclass(frozen=True)
class TableColumns:
    """The roles of the columns of a table, determined from the training file.

    Args:
        inputs: the columns of all tables, in the order of the file.
        images: the column with the path of the image, keyed by input name.
        targets: the form of each target, keyed by column name: `number` (regression), `index` (classes that are
            integers), `decimal` (classes that are other numbers) or `name` (other classes).
        group: the column that identifies the group of each row; None for no groups.
        weights: the column with the weight of each row; None for no weights.
        reasons: why a target has the form `number` and how to make it classes, keyed by column name.
        tables: the names of the columns of each input that is a table, in order, keyed by input name; None (default)
            for a single input `table` with all of them.
        unread: the columns that are in no input, although they are not excluded.
    """

    inputs: tuple[Column, ...]
    images: Mapping[str, str]
    targets: Mapping[str, TargetForm]
    group: str | None = None
    reasons: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, tuple[str, ...]] | None = None
    unread: tuple[str, ...] = ()
    weights: str | None = None

    @property
    def by_table(self) -> dict[str, tuple[Column, ...]]:
        """The columns of each table, keyed by input name; none if there are no columns."""
        if self.tables is None:
            return {"table": self.inputs} if self.inputs else {}
        columns = {column.name: column for column in self.inputs}
        return {table: tuple(columns[name] for name in names) for table, names in self.tables.items()}

    def require(self, file: TableFile, argument: str) -> None:
        """Check that a file has all columns.

        Raises:
            ArgumentError: a column is missing.
        """
        required = [*(column.name for column in self.inputs), *self.images.values(), *self.targets]
        required += [name for name in (self.group, self.weights) if name is not None]
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
    exclude: Sequence[str] = ()
    inputs: Mapping[str, Sequence[str] | Literal["rest"]] | None = None

    def decide(self, file: TableFile, group: str | None = None, weights: str | None = None) -> TableColumns:
        """Return the roles of the columns of a training file.

        Args:
            file: the training file.
            group: the column that identifies the group of each row; None (default) for no groups.
            weights: the column with the weight of each row; None (default) for no weights.

        Raises:
            ArgumentError: a column is missing or has two roles.
        """
        self._require(file)
        if group is not None:
            self._require_role(file, group, "data.group", "a column that identifies the groups")
        if weights is not None:
            self._require_role(file, weights, "data.sample_weights", "a column with the weights")
        excluded = {*self.targets, *self.images.values(), *self.exclude, group, weights}
        chosen = set(self.columns) if self.columns is not None else set(file.names) - excluded
        unread: list[str] = []
        if self.inputs is not None and REST not in self.inputs.values():
            unread = [name for name in file.names if name in chosen - self._listed]
            chosen = self._listed
        inputs = [Column(name, self._kind(file, name)) for name in file.names if name in chosen]
        if not inputs and not self.images:
            self._refuse_no_input(file, group)
        self._refuse_dates(file, inputs)
        targets = {name: self._form(file, name) for name in self.targets}
        reasons = {name: self._reason(file, name) for name, form in targets.items() if form == "number"}
        tables = None if self.inputs is None else self._tables(file, [column.name for column in inputs])
        return TableColumns(tuple(inputs), dict(self.images), targets, group, reasons, tables, tuple(unread), weights)

    def texts(self, group: str | None = None) -> set[str]:
        """Return the columns whose text is needed although they may contain numbers, such as classes.

        Args:
            group: the column that identifies the group of each row; None (default) for no groups.
        """
        groups = () if group is None else (group,)
        return {*self.targets, *self.categorical, *self.images.values(), *groups} - {*self.numeric}

    @property
    def _listed(self) -> set[str]:
        """The columns that are listed under `inputs`."""
        lists = [names for names in (self.inputs or {}).values() if names != REST]
        return {name for names in lists for name in names}

    def _tables(self, file: TableFile, chosen: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the columns of each input, with those that no other input lists for `rest`."""
        rest = tuple(name for name in chosen if name not in self._listed)
        found = {table: rest if names == REST else tuple(names) for table, names in (self.inputs or {}).items()}
        for table, names in found.items():
            if not names:
                message = f"no column of {printable(file.path)} is left for the input {table!r}; remove it"
                raise ArgumentError("inputs", message)
        return found

    def _refuse_no_input(self, file: TableFile, group: str | None) -> None:
        if self.exclude:
            first = next((name for name in self.exclude if name != group), self.exclude[0])
            raise ArgumentError(
                "exclude",
                f"no input column of {printable(file.path)} is left; expected at least 1; remove one of the excluded "
                f"columns, such as {first!r}",
            )
        raise ArgumentError(
            "columns", f"{printable(file.path)} has only target columns; expected at least 1 input column"
        )

    def _refuse_dates(self, file: TableFile, inputs: Sequence[Column]) -> None:
        """Refuse columns of strings that are dates, as those of a Parquet file, unless they can be categories."""
        names = [entry.name for entry in inputs if entry.kind == "categorical" and entry.name not in self.categorical]
        examples = {name: example for name in names if (example := _many_dates(file, name)) is not None}
        if examples:
            them = "it" if len(examples) == 1 else "them"
            raise ArgumentError(
                "columns",
                f"{_dates_message(file, list(examples), next(iter(examples.values())))}; convert {them} to numbers "
                f"such as the year and the month, or write exclude: {yaml_names(list(examples))}",
            )

    def _require(self, file: TableFile) -> None:
        listed = {
            "targets": self.targets,
            "columns": self.columns or (),
            "numeric": self.numeric,
            "categorical": self.categorical,
            "images": list(self.images.values()),
            "inputs": [name for names in (self.inputs or {}).values() if names != REST for name in names],
            "exclude": self.exclude,
        }
        for argument, names in listed.items():
            for name in names:
                _require_column(file, name, argument)
        for argument, names in listed.items():
            both = sorted(set(names) & set(self.exclude)) if argument != "exclude" else []
            if both:
                role = "a target" if argument == "targets" else f"listed in {argument} too"
                raise ArgumentError(
                    "exclude", f"{both[0]!r} is {role}; expected columns that are not used; remove it from one of them"
                )
        both = sorted(set(self.numeric) & set(self.categorical))
        if both:
            raise ArgumentError("numeric", f"{both[0]!r} is listed in categorical too; remove one of them")
        twice = [name for name, count in Counter(listed["inputs"]).items() if count > 1]
        if twice:
            raise ArgumentError("inputs", f"the column {twice[0]!r} is listed twice; expected each column in one input")
        for argument, names in (("targets", self.targets), ("images", listed["images"])):
            both = sorted(set(names) & set(listed["inputs"]))
            if both:
                raise ArgumentError("inputs", f"{both[0]!r} is listed in {argument} too; remove one of them")
            both = sorted(set(names) & set(self.columns or ()))
            if both:
                raise ArgumentError("columns", f"{both[0]!r} is listed in {argument} too; remove one of them")

    def _require_role(self, file: TableFile, name: str, key: str, role: str) -> None:
        """Check a column with another role than those that the arguments specify."""
        _require_column(file, name, key)
        roles = {
            "a target": self.targets,
            "in `columns`, and so an input": self.columns or (),
            "in `inputs`": self._listed,
        }
        for found, names in roles.items():
            if name in names:
                raise ArgumentError(key, f"{name!r} is {found}; expected {role}; remove one of them")
        if not file.is_plain(name):
            raise ArgumentError(
                key,
                f"the column {name!r} of {printable(file.path)} has an unsupported type; expected numbers, booleans or "
                f"strings, got {file.type_of(name)}; convert it",
            )

    def _kind(self, file: TableFile, name: str) -> Literal["numeric", "categorical"]:
        if not name:
            position = file.names.index(name) + 1
            raise ArgumentError(
                "columns",
                f"column {position} of {printable(file.path)} has no name, like an index written by pandas; save it "
                'with to_csv(index=False), name the column, or write exclude: [""]',
            )
        if not file.is_plain(name):
            raise ArgumentError(
                "columns",
                f"the column {name!r} of {printable(file.path)} has an unsupported type; expected numbers, booleans or "
                f"strings, got {file.type_of(name)}; convert it, or write exclude: {yaml_names([name])}",
            )
        if name in self.numeric:
            return "numeric"
        if name in self.categorical:
            return "categorical"
        return "numeric" if file.looks_numeric(name) else "categorical"

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
            if (example := _many_dates(file, name)) is not None:
                message = _dates_message(file, [name], example)
                raise ArgumentError("targets", f"{message}; convert it to numbers such as the days since the first one")
            return "name"
        return "index" if _are_few(file.numbers(name)) and _class_form(file, name) == "index" else "number"

    def _reason(self, file: TableFile, name: str) -> str:
        """Return why a target is a number to predict, and how to make it classes."""
        if name in self.numeric:
            return f"since it is listed under `numeric`; remove it there, and write {self._remedy(name)}"
        if self.task == "regression":
            return f"as `task: regression` specifies; write {self._remedy(name)}"
        values = file.numbers(name)
        fractions = values[np.isfinite(values) & (values != np.rint(values))]
        if len(fractions):
            kind = f"numbers with fractions, such as {fractions.min():g}"
        else:
            count = len(np.unique(values[np.isfinite(values)]))
            kind = f"{count:,} distinct integers, more than {MAX_CLASSES}"
        return f"since it contains {kind}; write {self._remedy(name)}"

    def _remedy(self, name: str) -> str:
        setting = "task: classification" if len(self.targets) == 1 else f"categorical: {yaml_names([name])}"
        return f"`{setting}` in `Table` if they are classes"


def _many_dates(file: TableFile, name: str) -> str | None:
    """Return the first date of a column of strings with more dates than can be categories; None for other columns."""
    dates = file.matches(name, _DATE)
    if not dates.any() or 2 * int(dates.sum()) < file.num_present(name):
        return None
    values = file.strings(name, verbatim=True)[dates]
    return str(values[0]) if len(set(values)) > MAX_DATES else None


def _dates_message(file: TableFile, names: Sequence[str], example: str) -> str:
    nouns, verb = ("column", "contains") if len(names) == 1 else ("columns", "contain")
    return (
        f"the {nouns} {listed_columns([repr(name) for name in names])} of {printable(file.path)} {verb} more than "
        f"{MAX_DATES} different dates, such as {example!r}; expected numbers, or categories that occur again"
    )


def _are_few(values: npt.NDArray[np.float64]) -> bool:
    # The first values are nearly always enough to find more.
    return all(len(np.unique(some[np.isfinite(some)])) <= MAX_CLASSES for some in (values[: MAX_CLASSES**2], values))


def _class_form(file: TableFile, name: str) -> TargetForm:
    """Return the form of numeric classes, determined from their strings, since float64 rounds long numbers."""
    numbers = set(file.strings(name)[np.isfinite(file.numbers(name))])
    return "index" if all(map(is_integer, numbers)) else "decimal"


def _require_column(file: TableFile, name: str, argument: str) -> None:
    if name not in file.names:
        available = ", ".join(map(repr, file.names[:30])) + (", ..." if len(file.names) > 30 else "")
        raise ArgumentError(
            argument,
            f"{printable(file.path)} has no column {name!r}; available: {available}"
            + (f"; the first line looks like data; {NAME_COLUMNS} if they are missing" if file.lacks_header else ""),
            nearest(name, file.names),
        )
