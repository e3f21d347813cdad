"""The list of all runs in a folder, for `kpipe runs`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kpipe.messages.call_argument import call_argument
from kpipe.messages.counted import counted
from kpipe.messages.formula_guard import FormulaGuard
from kpipe.messages.reporter import Reporter
from kpipe.report.runs.find_runs import find_runs
from kpipe.report.runs.read_summary import read_summary
from kpipe.report.runs.run_columns import RunColumns
from kpipe.report.runs.run_entry import RunEntry
from kpipe.report.runs.run_filter import RunFilter
from kpipe.report.runs.run_summary import RunSummary
from kpipe.report.runs.runs_table import Format, RunsTable


def list_runs(
    folder: Path,
    reporter: Reporter,
    *,
    parts: bool = False,
    metrics: Sequence[str] = (),
    values: Sequence[str] = (),
    sort: str | None = None,
    reverse: bool = False,
    filters: Sequence[str] = (),
    form: Format = "text",
    width: int | None = None,
) -> None:
    """Print a list of the runs in a folder at any depth, the newest first.

    Args:
        folder: the folder.
        reporter: receives the list, and messages about what cannot be read.
        parts: whether the folds of cross-validations and the trials of sweeps are listed too, below them; those of
            `folder` itself are listed in any case.
        metrics: columns of metrics instead of the main ones; each can contain several, separated by commas.
        values: paths of values of the spec as further columns, also separated by commas.
        sort: a column to sort by, `-COLUMN` for descending order. Runs without a value are last.
        reverse: whether the order is reversed.
        filters: conditions that all have to hold, see `RunFilter`.
        form: `text`, `csv` or `json`.
        width: the largest number of characters of a line of text; None for any.

    Raises:
        DataError: the folder does not exist, or a column or a condition is not valid.
    """
    conditions = [RunFilter.parse(text) for text in filters]
    entries = find_runs(folder, reporter.say)
    summaries = _summaries(entries, parts=parts or [entry.path for entry in entries] == [folder])
    columns, shown, paths = RunColumns(summaries), _split(metrics), _split(values)
    column = (sort or "").removeprefix("-")
    if summaries:
        columns.check(shown, call_argument("metrics", ",".join(shown)))
        columns.check(paths, call_argument("values", ",".join(paths)))
        columns.check([column] if sort is not None else [], call_argument("sort", sort))
        for text, condition in zip(filters, conditions, strict=True):
            columns.check([condition.column], call_argument("filter", text))
    found = [entry for entry in summaries if all(condition.accepts(entry) for condition in conditions)]
    if sort is not None:
        found = _sorted(found, column, reverse=reverse != sort.startswith("-"))
    elif reverse:
        found.reverse()
    guard = FormulaGuard()
    table = RunsTable(found, shown or None, paths, width)
    if found or form != "text":
        reporter.show(table.format(form, guard), form)
    if found and form == "text" and (hidden := table.hidden):
        reporter.say(f"not shown, since lines have {width} characters: {', '.join(hidden)}; CSV contains all columns")
    if notice := guard.notice("the list"):
        reporter.say(notice)
    for entry in found:
        if entry.status == "broken":
            reporter.say(f"broken: {entry.error}")
    if not found:
        reporter.say(_none(folder, len(summaries)))


def _summaries(entries: Sequence[RunEntry], *, parts: bool) -> list[RunSummary]:
    """Return what is known about each entry, the newest first, and about its parts after it."""
    groups = [
        [read_summary(entry), *(_part(entry, part) for part in (entry.parts() if parts else ()))] for entry in entries
    ]
    # Runs of the same second stay in the order of their numbers, reversed.
    groups.reverse()
    groups.sort(key=lambda group: group[0].started or "", reverse=True)
    return [summary for group in groups for summary in group]


def _part(whole: RunEntry, part: RunEntry) -> RunSummary:
    """Return what is known about a trial or a fold, with the overrides that only it has."""
    found, common = read_summary(part), read_summary(whole).overrides
    return replace(found, overrides=[text for text in found.overrides if text not in common])


def _sorted(summaries: Sequence[RunSummary], column: str, *, reverse: bool) -> list[RunSummary]:
    values = [(summary.value(column), summary) for summary in summaries]
    known = [pair for pair in values if pair[0] is not None]
    # The values of a spec can be numbers in some runs and text in others.
    known.sort(
        key=lambda pair: (isinstance(pair[0], str), pair[0]),
        reverse=reverse,
    )
    return [summary for _, summary in (*known, *(pair for pair in values if pair[0] is None))]


def _split(names: Sequence[str]) -> list[str]:
    return [name for text in names for entry in text.split(",") if (name := entry.strip())]


def _none(folder: Path, count: int) -> str:
    if count:
        return f"none of {counted(count, 'run')} in {folder} fulfills the conditions"
    return f"no runs in {folder}; by default a run is written to runs/NAME/N"
