"""`kpipe compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, TextFormat


def command(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Folders of runs, sweeps or cross-validations, or with several of them."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Also write a page with all curves into this new file."),
    ] = None,
    format_: Annotated[TextFormat, typer.Option("--format", help="Output format.")] = TextFormat.text,
    quiet: QuietOption = False,
) -> None:
    """Compare the metrics, specs and curves of runs."""
    import shutil

    from kpipe.messages.reporter import Reporter
    from kpipe.report.comparison.compare_runs import compare_runs

    width = shutil.get_terminal_size((120, 24)).columns
    compare_runs(runs, Reporter(quiet), output=output, form=format_.value, width=width)
