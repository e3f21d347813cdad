"""`kpipe report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption


def command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of runs, folds or trials.")],
    png: Annotated[bool, typer.Option("--png", help="Also write the plots as PNG files into the folder.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Write the page of a run, report.html, into its folder again."""
    from kpipe.messages.counted import counted
    from kpipe.messages.reporter import Reporter
    from kpipe.report.run_page.write_run_page import write_run_page
    from kpipe.run_files import RunFile

    reporter = Reporter(quiet)
    for path in runs:
        reporter.say(f"wrote {write_run_page(path)}")
        if png:
            from kpipe.report.run_page.write_plot_pictures import write_plot_pictures

            count = len(write_plot_pictures(path))
            reporter.say(f"wrote {counted(count, 'picture')} into {path / RunFile.PICTURES}")
