"""The error about a CSV file whose separator differs from the expected one."""

from __future__ import annotations

import json

from kpipe.data.csv_format import CsvFormat, named
from kpipe.errors import DataError


class SeparatorError(DataError):
    """The values of a CSV file are separated by another character than expected.

    Args:
        place: the file and the line.
        delimiter: the character that was expected.
        found: the separator and the decimal sign of the file.
        decimal: the decimal sign that was expected.
    """

    def __init__(self, place: str, delimiter: str, found: CsvFormat, decimal: str) -> None:
        self.place, self.delimiter, self.found, self.decimal = place, delimiter, found, decimal
        signs = ""
        if found.decimal_sign != decimal:
            signs = f", and {named(found.decimal_sign)} as the decimal sign"
        self.fault = (
            f"{place}: wrong separator; expected {named(delimiter)} between values, got {named(found.separator or '')}"
            f"{signs}"
        )
        super().__init__(f"{self.fault}; save the file in the format of the training file")

    def __reduce__(self) -> tuple[type[SeparatorError], tuple[str, str, CsvFormat, str]]:
        return type(self), (self.place, self.delimiter, self.found, self.decimal)

    @property
    def arguments(self) -> str:
        """The arguments of `Table` with which the file can be read, as they are written in a spec."""
        text = f"separator: {json.dumps(self.found.separator)}"
        changed = self.found.decimal_sign != self.decimal
        return f'{text}, decimal: "{self.found.decimal_sign}"' if changed else text
