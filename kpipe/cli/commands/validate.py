"""`kpipe validate`."""

from __future__ import annotations

from typing import Annotated

import typer

from kpipe.cli.parameters import QuietOption, SetOption, TextFormat


def command(
    specs: Annotated[list[str], typer.Argument(metavar="SPEC…", help="YAML files, or kpipe:NAME for shipped ones.")],
    set_: SetOption = None,
    format_: Annotated[TextFormat, typer.Option("--format", help="How to print; json is meant for editors.")] = (
        TextFormat.text
    ),
    build: Annotated[bool, typer.Option("--build", help="Open the data and build the model too.")] = False,
    no_data: Annotated[bool, typer.Option("--no-data", help="Do not ask whether the data's files exist.")] = False,
    no_imports: Annotated[bool, typer.Option("--no-imports", help="Run no code but kpipe's and Keras'.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Say everything that is wrong with some specs; nothing is read or built unless --build asks for it."""
    if build and no_imports:
        raise typer.BadParameter("--build runs the code that a spec imports; leave one of the two out")
    from kpipe.messages.reporter import Reporter
    from kpipe.report.verdict import verdict

    reporter = Reporter(quiet)
    text, right = verdict(
        specs, set_ or [], format_.value, reporter.say, build=build, data=not no_data, run=not no_imports
    )
    reporter.show(text, format_.value)
    if not right:
        raise typer.Exit(2)
