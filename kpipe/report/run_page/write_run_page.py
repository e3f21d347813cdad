"""Writing the page of a run into its folder."""

from __future__ import annotations

from pathlib import Path

from kpipe.report.run_page.run_page import run_page
from kpipe.report.run_page.run_record import RunRecord
from kpipe.run_files import RunFile


def write_run_page(path: Path) -> Path:
    """Write `report.html` into the folder of a run; an earlier one is replaced.

    Args:
        path: the folder of a run, also of one that has not ended, or of an earlier version.

    Returns:
        The path of the page.

    Raises:
        DataError: it is not the folder of a single run, or a file is damaged.
        TrainingError: the page cannot be written.
    """
    record = RunRecord.read(path)
    record.folder.write_text(RunFile.REPORT, run_page(record))
    return record.folder / RunFile.REPORT
