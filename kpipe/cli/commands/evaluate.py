"""`kpipe evaluate`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, RunArgument, SamplesOption, SeedOption, TextFormat, TtaOption


class Part(StrEnum):
    """Part of the data."""

    train = "train"
    validation = "validation"
    test = "test"


def command(
    run_folder: RunArgument,
    part: Annotated[
        Part | None,
        typer.Option(help="Part of the data; default: test; validation for a fold, or without a test part."),
    ] = None,
    tta: TtaOption = None,
    samples: SamplesOption = None,
    seed: SeedOption = None,
    format_: Annotated[TextFormat, typer.Option("--format", help="Output format.")] = TextFormat.text,
    quiet: QuietOption = False,
) -> None:
    """Evaluate the model of a finished run on a part of its data."""
    from kpipe.messages.reporter import Reporter
    from kpipe.report.averaging_request import AveragingRequest
    from kpipe.report.reevaluate import reevaluate

    reporter = Reporter(quiet)
    averages = AveragingRequest(tta, samples, seed)
    text = reevaluate(run_folder, part.value if part else None, format_.value, reporter.say, averages)
    reporter.show(text, format_.value)
