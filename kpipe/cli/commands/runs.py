"""`kpipe runs`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption


class ListFormat(StrEnum):
    """Format of a list."""

    text = "text"
    csv = "csv"
    json = "json"


def command(
    folder: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="The folder that is searched, at any depth; default: runs.")
    ] = Path("runs"),
    all_: Annotated[
        bool, typer.Option("--all", help="Also list the trials of sweeps and the folds of cross-validations.")
    ] = False,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMES", help="Metrics instead of the main ones, such as val_loss,test_accuracy; can be repeated."
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATHS", help="Values of the specs, such as train.epochs,data.batch_size; can be repeated."
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Sort by a column; -COLUMN for descending order. Default: the newest first."
        ),
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="Reverse the order.")] = False,
    filter_: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="CONDITION",
            help="List only runs such as 'val_accuracy>0.9', status=completed or 'name=res*'; can be repeated.",
        ),
    ] = None,
    format_: Annotated[ListFormat, typer.Option("--format", help="Output format.")] = ListFormat.text,
    quiet: QuietOption = False,
) -> None:
    """List runs with their status, metrics, time and verdict."""
    import shutil

    from kpipe.messages.reporter import Reporter
    from kpipe.report.runs.list_runs import list_runs

    reporter = Reporter(quiet)
    list_runs(
        folder,
        reporter,
        parts=all_,
        metrics=metrics or (),
        values=values or (),
        sort=sort,
        reverse=reverse,
        filters=filter_ or (),
        form=format_.value,
        width=shutil.get_terminal_size().columns if reporter.shows_on_terminal else None,
    )
