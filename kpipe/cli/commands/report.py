"""`kpipe report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption


def command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of runs, folds or trials.")],
    quiet: QuietOption = False,
) -> None:
    """Write the page of a run, report.html, into its folder again."""
    from kpipe.messages.reporter import Reporter
    from kpipe.report.run_page.write_run_page import write_run_page

    reporter = Reporter(quiet)
    for path in runs:
        reporter.say(f"wrote {write_run_page(path)}")
