"""The report of columns with formatted numbers, such as `1,200`, `$5` or `0,5`, which are not read as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from kpipe.data.csv_format import named
from kpipe.data.sources.table_file import TableFile
from kpipe.messages.listed_columns import listed_columns

_CODES = "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HKD|HUF|INR|JPY|KRW|MXN|NOK|NZD|PLN|RUB|SEK|SGD|TRY|USD|ZAR"
_GROUPED = (
    r"[1-9][0-9]{0,2}((,[0-9]{3})+(\.[0-9]+)?|(\.[0-9]{3})+(,[0-9]+)?"
    r"|([ \x{00a0}\x{2009}\x{202f}][0-9]{3})+([.,][0-9]+)?|(['\x{2019}][0-9]{3})+([.,][0-9]+)?)"
)
_AMOUNT = rf"({_GROUPED}|[0-9]+([.,][0-9]*)?|[.,][0-9]+)"
_CURRENCY = rf"([A-Z]{{0,3}}\p{{Sc}}|{_CODES})"

#: With thousands separators, and with a currency sign or code before or after the number.
_THOUSANDS = rf"^[+-]?{_GROUPED}$"
_MONEY = rf"^([+-]?{_CURRENCY}\pZ*[+-]?{_AMOUNT}|[+-]?{_AMOUNT}\pZ*{_CURRENCY})$"
_DECIMAL = {".": r"^[+-]?[0-9]*,[0-9]+$", ",": r"^[+-]?[0-9]*\.[0-9]+$"}

#: Least fraction of values that are numbers of either kind, and of those that are formatted, for a report.
LEAST_NUMBERS, LEAST_FORMATTED = 0.5, 0.01


def report_formatted_numbers(
    file: TableFile, columns: Sequence[str], targets: Sequence[str], say: Callable[[str], None]
) -> set[str]:
    """Report columns of strings with numbers that have thousands separators, currency signs or another decimal sign.

    A column is reported if at least half of its values are numbers, formatted or not, and at least 1 % are formatted:
    digits in groups of three (`1,200`, `1.200,50`, `1 200`, `1'200`), with a currency sign or code (`$5`, `5 EUR`), or
    with the other decimal sign (`0,5`). Missing values are not counted.

    Args:
        file: the file.
        columns: the input columns to inspect.
        targets: the target columns to inspect.
        say: receives a line for each kind of column.

    Returns:
        The names of the reported columns.
    """
    reported = set()
    for names, is_target in ((columns, False), (targets, True)):
        by_fault: dict[str, list[str]] = {}
        for name in names:
            if found := _fault(file, name):
                fault, example = found
                reported.add(name)
                by_fault.setdefault(fault, []).append(f"{name!r} (such as {example!r})")
        for fault, found_columns in by_fault.items():
            remedy = _decimal_remedy(file) if fault.startswith("a decimal") else _plain_remedy(file)
            other = (
                "" if is_target else ", or list the columns to skip under `exclude`, and categories under `categorical`"
            )
            noun = ("target" if is_target else "column") + ("s" if len(found_columns) > 1 else "")
            say(f"{noun} {listed_columns(found_columns)}: values with {fault} are not read as numbers; {remedy}{other}")
    return reported


def _fault(file: TableFile, name: str) -> tuple[str, str] | None:
    """Return what the formatted numbers of a column have, and an example; None if there are too few of them.

    Numbers that are read as they are, such as `1.200`, do not match.
    """
    other = file.matches(name, _DECIMAL[file.decimal])
    thousands, money = file.matches(name, _THOUSANDS), file.matches(name, _MONEY)
    formatted = other | thousands | money
    present, count = file.num_present(name), int(formatted.sum())
    if not count or count + file.num_finite(name) < LEAST_NUMBERS * present or count < LEAST_FORMATTED * present:
        return None
    if (formatted & money).any():
        return "currency signs", _example(file, name, formatted & money)
    if (formatted & ~other).any() or (formatted & thousands).sum() == count:
        grouped = formatted & thousands
        return "thousands separators", _example(file, name, grouped if grouped.any() else formatted)
    return f"a decimal {'comma' if file.decimal == '.' else 'point'}", _example(file, name, formatted & ~thousands)


def _example(file: TableFile, name: str, rows: npt.NDArray[np.bool_]) -> str:
    return file.value(name, int(np.flatnonzero(rows)[0]))


def _plain_remedy(file: TableFile) -> str:
    return f"write plain numbers such as {'1234.5' if file.decimal == '.' else '1234,5'} in the file"


def _decimal_remedy(file: TableFile) -> str:
    sign = "," if file.decimal == "." else "."
    if file.is_parquet:
        return "store them as numbers"
    if sign != file.delimiter:
        return f'write decimal: "{sign}"'
    return (
        f"write them with {named(file.decimal)} in the file, or save it with other separators, such as separator: "
        f'";", and write decimal: "{sign}"'
    )
