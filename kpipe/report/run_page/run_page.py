"""The page of a run."""

from __future__ import annotations

from kpipe.report.pages.page import page
from kpipe.report.run_page.class_section import class_section
from kpipe.report.run_page.curve_section import curve_section
from kpipe.report.run_page.layer_section import layer_section
from kpipe.report.run_page.origin_sections import origin_sections
from kpipe.report.run_page.result_section import result_section
from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.sample_section import sample_section
from kpipe.report.run_page.suspect_section import suspect_section
from kpipe.report.run_page.verdict_section import verdict_section


def run_page(record: RunRecord) -> str:
    """Return a page about a run: how it went, what it learned, what it predicts worst, and how to repeat it.

    Parts whose files do not exist are omitted.

    Args:
        record: what the folder of the run contains.
    """
    return page(
        record.name,
        verdict_section(record),
        result_section(record),
        curve_section(record),
        *layer_section(record),
        *class_section(record),
        *sample_section(record),
        *suspect_section(record),
        *origin_sections(record),
        subtitle=str(record.folder.path),
    )
