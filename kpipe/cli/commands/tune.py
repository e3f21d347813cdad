"""`kpipe tune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.interrupt_by_sigterm import interrupt_by_sigterm
from kpipe.cli.parameters import QuietOption, SetEnvOption, SetOption, SpecArgument, all_overrides


def command(
    spec: SpecArgument,
    set_: SetOption = None,
    set_env: SetEnvOption = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder of the sweep, new or empty; by default runs/NAME/N.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume the sweep in DIR, or start it.")] = False,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Trials that run at the same time, by default 1.")
    ] = 1,
    quiet: QuietOption = False,
) -> None:
    """Run the trials of a sweep, and write the best spec."""
    if resume and output is None:
        raise typer.BadParameter("--resume requires the folder of the sweep; add --output DIR")
    from kpipe.messages.reporter import Reporter
    from kpipe.pipeline import load

    reporter = Reporter(quiet)
    with interrupt_by_sigterm():
        load(spec, all_overrides(set_, set_env), say=reporter.say).tune(
            output, resume, workers=workers, reporter=reporter
        )
