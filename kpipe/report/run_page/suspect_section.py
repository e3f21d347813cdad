"""The samples whose labels are probably wrong on the page of a run."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.report.pages.data_table import Cell, data_table
from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup
from kpipe.report.pages.section import section
from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.sample_figure import sample_figure, sample_files
from kpipe.run_files import RunFile

#: The most suspects in the table, and as pictures.
_MOST, MOST_PICTURES = 100, 20


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
    files = [sample_files(record.folder / RunFile.PICTURES, f"suspect-{rank}") for rank in range(MOST_PICTURES)]
    figures = [sample_figure(row, found) for row, found in zip(rows, files, strict=False) if found]
    shown = [element("div", *figures, class_="samples")] if figures else []
    yield section("Suspects", *shown, data_table([name.replace("_", " ") for name in names], body), note=note)


def _cell(text: str) -> Cell:
    try:
        return (f"{float(text):.4g}", float(text))
    except ValueError:
        return text
