"""A comparison of runs as text or JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kpipe.messages.escaped import escaped
from kpipe.messages.metrics_text import duration, number
from kpipe.messages.shortened import shortened
from kpipe.messages.table import GAP, column_widths, table
from kpipe.report.comparison.comparison import Comparison
from kpipe.report.comparison.difference_table import Difference
from kpipe.report.runs.run_summary import RunSummary, Value

#: The longest name, the longest value in a row of a run, and the fewest characters for a value in a column of a run.
_LONGEST, _LONGEST_VALUE, _NARROWEST = 60, 32, 10
#: The marker of the best value.
_BEST = "*"


def comparison_text(comparison: Comparison, width: int = 120) -> str:
    """Return a comparison as text: the metrics, and the values of specs and other values that differ.

    Runs are columns if the table fits into the width, and rows otherwise.

    Args:
        comparison: the comparison.
        width: the number of characters of a line, by default 120.
    """
    lines = [escaped(comparison.title), *(f"notice: {note}" for note in comparison.notes), ""]
    columns = ["status", "epochs", "best_epoch", *comparison.metrics, "seconds"]
    best = {name: comparison.best(name) for name in comparison.metrics}
    cells = [[_cell(run.summary, name, best) for name in columns] for run in comparison.runs]
    lines += _fitting(comparison, "", columns, cells, width)
    if any(_BEST in cell for row in cells for cell in row):
        lines.append(f"{_BEST} the best value")
    for whole in comparison.wholes:
        lines += _deviations(whole)
    for title, rows in (("differences of the specs", comparison.spec), ("other differences", comparison.circumstances)):
        lines += ["", title if rows else f"no {title}"]
        if rows:
            values = [[_rounded(row.values[index]) for row in rows] for index in range(len(comparison.runs))]
            lines += _fitting(comparison, "path", [row.path for row in rows], values, width)
    return "\n".join(lines)


def comparison_json(comparison: Comparison) -> str:
    """Return a comparison as JSON: `runs`, `spec` and `other`, the latter with a value for each run."""
    content = {
        "runs": [
            {
                "folder": run.summary.folder,
                **{name: _finite(run.summary.value(name)) for name in ("name", "status", "epochs", "best_epoch")},
                "validation": dict(run.summary.validation),
                "test": dict(run.summary.test),
                "seconds": run.summary.seconds,
            }
            for run in comparison.runs
        ],
        "spec": list(map(_row, comparison.spec)),
        "other": list(map(_row, comparison.circumstances)),
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _row(difference: Difference) -> dict[str, Any]:
    return {"path": difference.path, "values": list(difference.values)}


def _finite(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(summary: RunSummary, column: str, best: Mapping[str, float | None]) -> str:
    """Return the text of a cell; the best values of metrics are marked, also if several runs have them."""
    value = summary.value(column)
    if value is None:
        return ""
    if column == "seconds" and isinstance(value, float | int):
        return duration(value)
    if column in best and isinstance(value, float):
        return f"{number(value)}{_BEST if value == best[column] else ' '}"
    return str(value)


def _rounded(text: str) -> str:
    """Return a value of a spec with at most 6 digits if it is a number; JSON has all digits."""
    try:
        return min(text, f"{float(text):.6g}", key=len)
    except ValueError:
        return text


def _fitting(
    comparison: Comparison, corner: str, columns: Sequence[str], cells: Sequence[Sequence[str]], width: int
) -> list[str]:
    """Return a table with a column for each run if it fits, and with a row for each run otherwise, the best one first.

    Columns that do not fit in one line continue in a further block.

    Args:
        comparison: the comparison.
        corner: the title of the names, if runs are columns.
        columns: the names.
        cells: the cells of each run.
        width: the number of characters of a line.
    """
    labels = [run.label for run in comparison.runs]
    room = (width - max(map(len, (corner, *columns)))) // len(labels) - len(GAP)
    if room >= _NARROWEST:
        turned = [[name, *(shortened(row[index], room) for row in cells)] for index, name in enumerate(columns)]
        lines = table([corner, *labels], turned, _LONGEST)
        if max(map(len, lines)) <= width:
            return lines
    rows = [[labels[index], *(shortened(cell, _LONGEST_VALUE) for cell in cells[index])] for index in comparison.order]
    return _in_blocks(["run", *columns], rows, width)


def _in_blocks(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return a table whose columns continue below if it is too wide, with the first column in each block."""
    first, *others = column_widths([[escaped(cell)[:_LONGEST] for cell in row] for row in (header, *rows)])
    blocks: list[list[int]] = [[]]
    used = first
    for index, size in enumerate(others, start=1):
        if blocks[-1] and used + len(GAP) + size > width:
            blocks.append([])
            used = first
        blocks[-1].append(index)
        used += len(GAP) + size
    lines: list[str] = []
    for block in blocks:
        chosen = [[row[0], *(row[index] for index in block)] for row in (header, *rows)]
        lines += [*([""] if lines else []), *table(chosen[0], chosen[1:], _LONGEST)]
    return lines


def _deviations(whole: RunSummary) -> Iterator[str]:
    """Yield a line about the means of a cross-validation."""
    if whole.content == "cross-validation" and whole.validation:
        metrics = [
            f"val_{escaped(name)} {number(mean)} +- {number(whole.deviation.get(name, math.nan))}"
            for name, mean in whole.validation.items()
        ]
        yield f"{escaped(str(whole.path))}: mean of {whole.kind}: {', '.join(metrics)}"
