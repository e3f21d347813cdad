"""`kpipe predict`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, RunArgument, SamplesOption, SeedOption, TtaOption


class PredictFormat(StrEnum):
    """Format of predictions."""

    text = "text"
    csv = "csv"
    json = "json"


def command(
    run_folder: RunArgument,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Images, folders of images, CSV, Parquet, .npz or .npy."),
    ],
    format_: Annotated[PredictFormat, typer.Option("--format", help="Output format.")] = PredictFormat.text,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the predictions to this new file instead of printing them."),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Also draw the samples with their predictions, the least certain first, into this new file.",
        ),
    ] = None,
    tta: TtaOption = None,
    samples: SamplesOption = None,
    seed: SeedOption = None,
    quiet: QuietOption = False,
) -> None:
    """Predict with the model of a finished run on raw files."""
    from kpipe.messages.reporter import Reporter
    from kpipe.report.averaging_request import AveragingRequest
    from kpipe.report.predict import predict_files

    averages = AveragingRequest(tta, samples, seed)
    predict_files(run_folder, paths, format_.value, output, Reporter(quiet), sheet, averages)
