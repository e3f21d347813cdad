"""The samples whose labels are probably wrong on the page of a run."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.report.pages.data_table import Cell, data_table
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.run_page.run_record import RunRecord
from kpipe.run_files import RunFile

#: The most suspects on the page.
_MOST = 100


def suspect_section(record: RunRecord) -> Iterator[Markup]:
    """Yield the samples whose label is improbable, if the run has found any.

    Args:
        record: what the folder of the run contains.
    """
    rows = record.suspects
    if not rows:
        return
    names = list(rows[0])
    body: list[list[Cell]] = [[_cell(row[name]) for name in names] for row in rows[:_MOST]]
    more = f" The first {_MOST} of {len(rows):,}." if len(rows) > _MOST else ""
    note = f"Samples whose label is improbable; it may be wrong.{more} All are in {RunFile.SUSPECTS}."
    yield section("Suspects", data_table([name.replace("_", " ") for name in names], body), note=note)


def _cell(text: str) -> Cell:
    try:
        return (f"{float(text):.4g}", float(text))
    except ValueError:
        return text
