"""`kpipe evaluate`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, RunArgument, TextFormat


class Part(StrEnum):
    """A part of the data."""

    train = "train"
    validation = "validation"
    test = "test"


def command(
    run_folder: RunArgument,
    part: Annotated[
        Part | None,
        typer.Option(help="The part of the data; by default test, or validation where there is none."),
    ] = None,
    format_: Annotated[TextFormat, typer.Option("--format", help="How to print.")] = TextFormat.text,
    quiet: QuietOption = False,
) -> None:
    """Evaluate the model of a finished run on a part of its data."""
    from kpipe.messages.reporter import Reporter
    from kpipe.report.reevaluate import reevaluate

    reporter = Reporter(quiet)
    text = reevaluate(run_folder, part.value if part else None, format_.value, reporter.say)
    reporter.show(text, format_.value)
