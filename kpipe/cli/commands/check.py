"""`kpipe check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kpipe.cli.parameters import (
    BudgetOption,
    QuietOption,
    SetEnvOption,
    SetOption,
    SpecArgument,
    TextFormat,
    all_overrides,
)


def command(
    spec: SpecArgument,
    set_: SetOption = None,
    set_env: SetEnvOption = None,
    budget: BudgetOption = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The folder of check.json and learning_rate.png; by default runs/NAME/check."),
    ] = None,
    format_: Annotated[TextFormat, typer.Option("--format", help="Output format.")] = TextFormat.text,
    quiet: QuietOption = False,
) -> None:
    """Measure the first steps of a training before a long run; trains nothing that is kept."""
    from kpipe.messages.reporter import Reporter
    from kpipe.pipeline import load

    reporter = Reporter(quiet)
    report = load(spec, all_overrides(set_, set_env), say=reporter.say).check(output, budget=budget, reporter=reporter)
    reporter.show(report.text() if format_ is TextFormat.text else report.json(), format_.value)
    if not report.passed:
        raise typer.Exit(1)
