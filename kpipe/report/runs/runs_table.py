"""A list of runs as text, CSV or JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kpipe.messages.escaped import escaped
from kpipe.messages.formula_guard import FormulaGuard
from kpipe.messages.metrics_text import duration, number
from kpipe.messages.shortened import shortened
from kpipe.messages.table import GAP, table
from kpipe.report.runs.run_columns import RunColumns
from kpipe.report.runs.run_summary import COLUMNS, RunSummary, Value

Format = Literal["text", "csv", "json"]

#: The longest name of a folder, which is copied from the table, and the longest other cell.
_LONGEST, _LONGEST_VALUE = 400, 32
#: The fewest characters of the overrides that are worth a column.
_FEWEST = 16
_MISSING = "-"


@dataclass(frozen=True)
class RunsTable:
    """A list of runs.

    Args:
        summaries: the runs in the order in which they are listed.
        metrics: the columns of metrics; None for the main ones in text, and all in CSV.
        values: paths of values of the spec as further columns.
        width: the largest number of characters of a line of text; None for any. Overrides are shortened to it.
    """

    summaries: Sequence[RunSummary]
    metrics: Sequence[str] | None = None
    values: Sequence[str] = ()
    width: int | None = None

    def format(self, form: Format, guard: FormulaGuard | None = None) -> str:
        """Return the list.

        Args:
            form: `text` for aligned columns, `csv` for all columns, or `json` for a list of mappings.
            guard: counts the CSV cells with an apostrophe.
        """
        if form == "json":
            return json.dumps([self._mapping(entry) for entry in self.summaries], indent=2, ensure_ascii=False)
        return self._csv(guard or FormulaGuard()) if form == "csv" else self._text()

    def _mapping(self, summary: RunSummary) -> dict[str, Any]:
        found: dict[str, Any] = {name: _finite(summary.value(name)) for name in COLUMNS}
        found |= {
            "validation": dict(summary.validation),
            "test": dict(summary.test),
            **({"deviation": dict(summary.deviation)} if summary.deviation else {}),
            "overrides": list(summary.overrides),
        }
        asked = {name: _finite(summary.value(name)) for name in (*(self.metrics or ()), *self.values)}
        return {**found, "values": asked} if asked else found

    def _csv(self, guard: FormulaGuard) -> str:
        metrics = RunColumns(self.summaries).metrics() if self.metrics is None else self.metrics
        header = [*COLUMNS, *metrics, *self.values]
        rows = [
            [*(_finite(entry.value(name)) for name in header), " ".join(entry.overrides)] for entry in self.summaries
        ]
        return "\n".join([guard.line([*header, "overrides"]), *map(guard.line, rows)])

    @property
    def hidden(self) -> list[str]:
        """The columns that text does not contain, since they do not fit into the width."""
        shown = self._columns()
        return [name for name in self._candidates() if name not in shown]

    def _text(self) -> str:
        lines = self._lines(self._columns())
        overrides = [escaped(", ".join(entry.overrides)) for entry in self.summaries]
        longest = max(map(len, overrides), default=0)
        widest = max(map(len, lines))
        room = longest if self.width is None else min(longest, self.width - widest - len(GAP))
        if room < min(_FEWEST, max(longest, 1)):
            return "\n".join(lines)
        texts = ["overrides", *(shortened(text, max(room, 4)) for text in overrides)]
        return "\n".join(f"{line.ljust(widest)}{GAP}{text}".rstrip() for line, text in zip(lines, texts, strict=True))

    def _candidates(self) -> list[str]:
        """Return the columns of text, except for the overrides."""
        metrics = RunColumns(self.summaries).main_metrics() if self.metrics is None else list(self.metrics)
        kinds = ["kind"] if any(entry.content != "run" for entry in self.summaries) else []
        numbers = ["epochs", "best_epoch", *metrics, *self.values]
        return ["folder", *kinds, "status", *numbers, "started", "seconds", "verdict"]

    def _columns(self) -> list[str]:
        """Return the columns of text that fit into the width, without the least important ones if not all of them do.

        Columns that were asked for always remain.
        """
        columns = self._candidates()
        tests = [name for name in columns if name.startswith("test_")] if self.metrics is None else []
        for name in ("started", *reversed(tests), "seconds", "best_epoch"):
            if self.width is None or max(map(len, self._lines(columns))) <= self.width:
                break
            columns.remove(name)
        return columns

    def _lines(self, columns: Sequence[str]) -> list[str]:
        rows = [[_cell(name, entry.value(name)) for name in columns] for entry in self.summaries]
        return table([_TITLES.get(name, name) for name in columns], rows, _LONGEST)


#: Titles that are shorter than the names, or contain a unit.
_TITLES = {"best_epoch": "best", "started": "started (UTC)", "seconds": "time"}


def _cell(name: str, value: Value) -> str:
    if value is None:
        return _MISSING if name in ("status", "verdict") else ""
    if name == "seconds" and isinstance(value, float | int):
        return duration(value)
    if name == "started":
        return str(value).replace("T", " ").removesuffix("Z")[:16]
    if isinstance(value, float):
        return f"{value:.4g}" if "." in name else number(value)
    return str(value) if name == "folder" else shortened(str(value), _LONGEST_VALUE)


def _finite(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value
