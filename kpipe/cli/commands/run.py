"""`kpipe run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.interrupt_by_sigterm import interrupt_by_sigterm
from kpipe.cli.parameters import BudgetOption, QuietOption, SetEnvOption, SetOption, SpecArgument, all_overrides


def command(
    spec: SpecArgument,
    set_: SetOption = None,
    set_env: SetEnvOption = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run folder, new or empty; by default runs/NAME/N.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Resume the run in DIR, or start it.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Measure the first steps before, as kpipe check, and stop on an error.")
    ] = False,
    budget: BudgetOption = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="With data.folds: folds that run at the same time, default 1."),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Train the model of a spec and write a run folder, or one for each fold."""
    if resume and output is None:
        raise typer.BadParameter("--resume requires the run folder; add --output DIR")
    if budget is not None and not check:
        raise typer.BadParameter("--budget requires --check")
    from kpipe.messages.reporter import Reporter
    from kpipe.pipeline import load

    reporter = Reporter(quiet)
    with interrupt_by_sigterm():
        load(spec, all_overrides(set_, set_env), say=reporter.say).run(
            output, resume, check=check, budget=budget, workers=workers, reporter=reporter
        )
