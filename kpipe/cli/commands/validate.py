"""`kpipe validate`."""

from __future__ import annotations

from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, SetEnvOption, SetOption, TextFormat, all_overrides


def command(
    specs: Annotated[
        list[str],
        typer.Argument(metavar="SPEC...", help="YAML files, kpipe:NAME for shipped ones, or - for standard input."),
    ],
    set_: SetOption = None,
    set_env: SetEnvOption = None,
    format_: Annotated[TextFormat, typer.Option("--format", help="Output format; json is for editors.")] = (
        TextFormat.text
    ),
    build: Annotated[bool, typer.Option("--build", help="Also open the data and build the model.")] = False,
    no_data: Annotated[bool, typer.Option("--no-data", help="Do not check whether files of the data exist.")] = False,
    no_imports: Annotated[bool, typer.Option("--no-imports", help="Do not run code of imports and plug-ins.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Report all problems of specs, without training; --build also opens the data and builds the model."""
    if build and no_imports:
        raise typer.BadParameter("--build runs the code that a spec imports; remove --build or --no-imports")
    from kpipe.messages.reporter import Reporter
    from kpipe.report.verdict import verdict

    reporter = Reporter(quiet)
    text, is_valid = verdict(
        specs,
        all_overrides(set_, set_env),
        format_.value,
        reporter.say,
        build=build,
        data=not no_data,
        run=not no_imports,
    )
    reporter.show(text, format_.value)
    if not is_valid:
        raise typer.Exit(2)
