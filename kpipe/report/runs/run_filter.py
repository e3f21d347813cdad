"""Conditions by which runs are selected."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from kpipe.errors import DataError
from kpipe.messages.call_argument import call_argument
from kpipe.report.runs.run_summary import COLUMNS, RunSummary

_CONDITION = re.compile(r"\s*(?P<column>[^\s<>=!]+)\s*(?P<sign><=|>=|!=|==|<|>|=)\s*(?P<value>.*?)\s*")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
#: Columns of text that are compared like numbers, since their order is that of time.
_ORDERED = ("started",)
#: Columns whose values are text.
_TEXT = ("folder", "name", "kind", "status", "started", "verdict", "error")


@dataclass(frozen=True)
class RunFilter:
    """A condition such as `val_accuracy>0.9`, `status=completed` or `name=resnet*`.

    Args:
        column: a column, see `RunSummary.value`.
        sign: `=`, `!=`, `<`, `<=`, `>` or `>=`.
        value: a number, or text with `*` and `?`; empty for a missing value.

    Example:
        >>> RunFilter.parse("val_loss <= 0.5")
        RunFilter(column='val_loss', sign='<=', value='0.5')
    """

    column: str
    sign: str
    value: str

    @classmethod
    def parse(cls, text: str) -> RunFilter:
        """Return the condition in a string.

        Raises:
            DataError: it is not a condition.
        """
        found = _CONDITION.fullmatch(text)
        if found is None:
            raise DataError(
                f"{call_argument('filter', text)}: not a condition; expected COLUMN=VALUE, or one of !=, <, <=, >, >= "
                "instead of =, such as 'val_accuracy>0.9' or 'status=completed'"
            )
        sign = "=" if found["sign"] == "==" else found["sign"]
        condition = cls(found["column"], sign, found["value"])
        condition._check(text)
        return condition

    def accepts(self, summary: RunSummary) -> bool:
        """Return whether a run fulfills the condition; a missing value fulfills only `COLUMN=`, without a value."""
        actual = summary.value(self.column)
        if actual is None or not self.value:
            return (actual is None) == (self.sign == "=") if not self.value else False
        if isinstance(actual, str):
            if self.column in _ORDERED and self.sign not in ("=", "!="):
                return _COMPARE[self.sign](actual, self.value)
            is_same = fnmatchcase(actual, self.value)
            return {"=": is_same, "!=": not is_same}.get(self.sign, False)
        number = _number(self.value)
        return self.sign == "!=" if number is None else _COMPARE[self.sign](actual, number)

    def _check(self, text: str) -> None:
        """Refuse an order of texts, and numeric columns that are compared with texts."""
        place = call_argument("filter", text)
        is_order = self.sign not in ("=", "!=")
        if self.column in _TEXT:
            if is_order and self.column not in _ORDERED:
                raise DataError(f"{place}: {self.column} is text; expected = or !=, got {self.sign}")
        elif self.value and _number(self.value) is None and (is_order or self.column in COLUMNS):
            raise DataError(f"{place}: {self.column} is compared with a number; expected one, got {self.value!r}")
        if is_order and not self.value:
            raise DataError(f"{place}: the value is missing; expected COLUMN{self.sign}VALUE")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
