"""The comparison of runs, for `kpipe compare`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from kpipe.atomic import write_text
from kpipe.errors import TrainingError
from kpipe.messages.reporter import Reporter
from kpipe.report.comparison.comparison import Comparison
from kpipe.report.comparison.comparison_page import comparison_page
from kpipe.report.comparison.comparison_text import comparison_json, comparison_text
from kpipe.report.new_file import check_new_file


def compare_runs(
    folders: Sequence[Path],
    reporter: Reporter,
    *,
    output: Path | None = None,
    form: Literal["text", "json"] = "text",
    width: int = 120,
) -> None:
    """Print the metrics of runs and what differs between them, and write a page with their curves.

    Args:
        folders: folders of runs, sweeps and cross-validations, or with several of them; see `compared_runs`.
        reporter: receives the comparison, and messages about what cannot be read.
        output: a new HTML file, which needs no other file and no network; None (default) for none.
        form: `text` or `json`.
        width: the number of characters of a line of text, by default 120.

    Raises:
        DataError: a folder contains no runs, there are fewer than two runs, or `output` exists.
        TrainingError: `output` cannot be written.
    """
    if output is not None:
        check_new_file("output", output, ".html")
    comparison = Comparison.of(folders, reporter.say)
    for run in comparison.runs:
        if run.summary.status == "broken":
            reporter.say(f"broken: {run.summary.error}")
    reporter.show(comparison_text(comparison, width) if form == "text" else comparison_json(comparison), form)
    if output is not None:
        try:
            write_text(output, comparison_page(comparison))
        except OSError as error:
            raise TrainingError(f"{output} cannot be written: {error.strerror or error}") from error
        reporter.say(f"wrote {output}")
