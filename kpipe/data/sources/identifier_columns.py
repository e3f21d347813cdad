"""The report of columns in which nearly every row has its own value, such as identifiers and texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Column
from kpipe.messages.escaped import escaped
from kpipe.messages.listed_columns import listed_columns, yaml_names
from kpipe.messages.shortened import shortened

#: Least number of rows, and least fraction of them that are distinct values, for a report.
LEAST_ROWS, LEAST_DISTINCT = 20, 0.9
#: Largest range of consecutive numbers, as a multiple of the number of rows.
_LARGEST_RANGE = 2
#: Least median number of words of a text, and most characters of one in a message.
_LEAST_WORDS, _LONGEST_EXAMPLE = 4, 40

_CAMEL = re.compile(r".*[a-z0-9](Id|ID|Key|Index)")
_WORD = re.compile(r"(.*[^a-z])?(id|ids|uuid|guid|key|index)", re.IGNORECASE)


def report_identifiers(
    columns: tuple[Column, ...],
    numeric: Iterable[npt.NDArray[np.float64]],
    categorical: npt.NDArray[np.object_],
    chosen: Collection[str],
    has_other_inputs: bool,
    say: Callable[[str], None],
) -> None:
    """Report columns whose values are (nearly) all different, so that a model cannot generalize from them.

    Columns with at least 20 rows, of which at least 90 % have a value of their own, are reported if they are
    categorical, or if they contain only integers and either have a name such as `id`, `user_id` or `orderId`, or are
    all different in a range of at most twice the number of rows, as consecutive numbers are. Other integers and numbers
    with fractions may be measurements.

    Args:
        columns: the columns of the table.
        numeric: the values of each numeric column, NaN for missing ones; they are used one by one.
        categorical: the values of the categorical columns (training rows, columns), empty for missing ones; at least
            1 row.
        chosen: columns that are not reported, such as those whose type the spec states.
        has_other_inputs: whether there are inputs besides the table, without which numbers that are the only column
            are not reported.
        say: receives a line about all columns with texts of at least 4 words, and one about all others.

    Example:
        >>> columns, ids = (Column("id", "numeric"), Column("area", "numeric")), np.arange(30.0)
        >>> said = []
        >>> report_identifiers(columns, [ids, ids % 7], np.empty((30, 0), object), (), False, said.append)
        >>> said[0][:62]
        "column 'id': nearly every one of the 30 rows has its own value"
    """
    rows = len(categorical)
    if rows < LEAST_ROWS:
        return
    values = {"numeric": iter(numeric), "categorical": iter(categorical.T)}
    is_only = len(columns) == 1 and not has_other_inputs
    found: list[Column] = []
    texts: dict[str, str] = {}
    for column in columns:
        cells = next(values[column.kind])
        is_missing = cells == "" if column.kind == "categorical" else np.isnan(cells)
        cells = cells[~is_missing] if is_missing.any() else cells
        if column.name in chosen or (is_only and column.kind == "numeric") or len(cells) < LEAST_ROWS:
            continue
        test = _are_names if column.kind == "categorical" else _are_numbers
        if test(column.name, cells):
            found.append(column)
            if column.kind == "categorical" and _is_text(cells):
                texts[column.name] = str(cells[0])
    identifiers = [column for column in found if column.name not in texts]
    if texts:
        say(_about_texts(texts, rows))
    if identifiers:
        say(_about_identifiers(identifiers, rows))


def _about_texts(texts: Mapping[str, str], rows: int) -> str:
    listed = listed_columns([repr(name) for name in texts])
    names = f"column {listed}" if len(texts) == 1 else f"columns {listed}"
    example = shortened(escaped(next(iter(texts.values()))), _LONGEST_EXAMPLE)
    return (
        f"{names}: nearly every one of the {rows:,} rows has its own text, such as "
        f"{example!r}, which would be a category of its own; a table has no preparation for the words of texts; "
        f"write `exclude: {yaml_names(list(texts))}`"
    )


def _about_identifiers(found: Sequence[Column], rows: int) -> str:
    names = [column.name for column in found]
    kinds = [kind for kind in ("numeric", "categorical") if kind in {column.kind for column in found}]
    under = " or ".join(f"`{kind}`" for kind in kinds)
    one = len(names) == 1
    return (
        f"column{'' if one else 's'} {listed_columns([repr(name) for name in names])}: nearly every one of the "
        f"{rows:,} rows has its own value, as in an identifier, from which the model cannot generalize; write "
        f"`exclude: {yaml_names(names)}`, or list {'it' if one else 'them'} under {under} if the values matter"
    )


def _is_text(cells: npt.NDArray[np.object_]) -> bool:
    """Return whether most values consist of several words."""
    return bool(np.median([len(cell.split()) for cell in cells.tolist()]) >= _LEAST_WORDS)


def _are_names(name: str, cells: npt.NDArray[np.object_]) -> bool:
    return len(set(cells)) >= LEAST_DISTINCT * len(cells)


def _are_numbers(name: str, cells: npt.NDArray[np.float64]) -> bool:
    is_named = bool(_WORD.fullmatch(name) or _CAMEL.fullmatch(name))
    is_dense = float(cells.max()) - float(cells.min()) < _LARGEST_RANGE * len(cells)
    if not (is_named or is_dense) or not (cells == np.rint(cells)).all():
        return False
    distinct = len(np.unique(cells))
    return distinct >= LEAST_DISTINCT * len(cells) if is_named else distinct == len(cells)
