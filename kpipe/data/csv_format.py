"""The characters that separate the values and the decimals of CSV files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kpipe.errors import ArgumentError

_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", " ": "space", ":": "colon", ".": "point"}
_EXPECTED = 'expected a single character such as ",", ";", "|" or "\\t" (a tab, in double quotes)'


@dataclass(frozen=True)
class CsvFormat:
    r"""The separator and the decimal sign of CSV files; other files ignore it.

    Args:
        separator: the character between values; None (default) for a tab in a `.tsv` file and a comma in other files.
        decimal: the decimal sign of numbers, `.` or `,`; None (default) for a point.

    Example:
        >>> CsvFormat().delimiter(Path("a.tsv")), CsvFormat(";", ",").delimiter(Path("a.csv"))
        ('\t', ';')
    """

    separator: str | None = None
    decimal: str | None = None

    def delimiter(self, path: Path) -> str:
        """Return the character that separates the values of a file."""
        if self.separator is not None:
            return self.separator
        return "\t" if path.suffix.lower() == ".tsv" else ","

    @property
    def decimal_sign(self) -> str:
        """The decimal sign of numbers."""
        return self.decimal or "."

    def check(self, paths: Iterable[Path]) -> None:
        """Check that the format is possible and fits some CSV files.

        Args:
            paths: the CSV files; without any, the format must be the default one.

        Raises:
            ArgumentError: the separator is not a character that can separate values, it equals the decimal sign, or
                there are no CSV files.
        """
        delimiters = [self.delimiter(path) for path in paths]
        for argument, noun in (("separator", "separator"), ("decimal", "decimal sign")):
            if getattr(self, argument) is not None and not delimiters:
                raise ArgumentError(argument, f"a Parquet file has no {noun}; expected a CSV file; remove it")
        if self.separator is not None:
            _check_separator(self.separator)
        if self.decimal_sign in delimiters:
            sign = named(self.decimal_sign)
            message = f"the separator of values and the decimal sign are both {sign}; expected different characters"
            if self.separator is None:
                raise ArgumentError(
                    "decimal", f'{message}; write the separator of the file too, such as separator: ";"'
                )
            raise ArgumentError("separator", f"{message}; write those that the file uses")


def named(character: str) -> str:
    """Return a noun phrase for a separator or decimal sign, such as `a comma`.

    Example:
        >>> named(";"), named("~")
        ('a semicolon', "'~'")
    """
    return f"a {_NAMES[character]}" if character in _NAMES else ascii(character)


def _check_separator(separator: str) -> None:
    if len(separator) != 1:
        raise ArgumentError("separator", f"{separator!a} is not a separator; {_EXPECTED}")
    if not separator.isascii() or separator.isalnum() or separator in '"+-' or separator < "\t" or separator in "\n\r":
        raise ArgumentError("separator", f"{json.dumps(separator)} cannot separate values; {_EXPECTED}")
