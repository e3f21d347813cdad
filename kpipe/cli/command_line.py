"""The command-line application. `--help` works without importing TensorFlow."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from kpipe.cli.overriding_command import OverridingCommand
from kpipe.cli.reported_errors import reported_errors
from kpipe.cli.standard_streams import escape_undisplayable, forget_unwritten
from kpipe.cli.suggesting_group import SuggestingGroup
from kpipe.components.quiet_import import own_process
from kpipe.listed_object import listed_object

#: The commands in the order of `--help`; each is the function `command` of the module with this name in `commands`.
COMMANDS = (
    "run",
    "tune",
    "check",
    "diagnose",
    "report",
    "validate",
    "list",
    "schema",
    "copy",
    "show",
    "diff",
    "runs",
    "compare",
    "evaluate",
    "predict",
)


def command_line(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """Return the application with the given commands, each with the additional option `--debug`.

    Args:
        commands: names of the commands.

    Raises:
        ImportError: a command has no module, or its module no function `command`.
    """
    application = typer.Typer(
        name="kpipe",
        cls=SuggestingGroup,
        help="Declarative training for Keras: one YAML file becomes a trained, saved, repeatable model.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    application.callback()(about)
    for name in commands:
        command = listed_object(f"{__name__}.COMMANDS", name, f"kpipe.cli.commands.{name}", "command")
        application.command(name, cls=OverridingCommand)(reported_errors(command))
    return application


def about(
    show_version: Annotated[
        bool, typer.Option("--version", callback=lambda value: version(value), is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Declarative training for Keras: one YAML file becomes a trained, saved, repeatable model."""
    from kpipe.distribution import other_distribution

    if warning := other_distribution():
        from kpipe.messages.reporter import Reporter

        Reporter().warn(f"warning: {warning}")


def version(value: bool) -> None:
    """Print the version and exit."""
    if value:
        from kpipe.distribution import own_version

        typer.echo(f"kpipe {own_version()}")
        raise typer.Exit


app = command_line()


def main() -> None:
    """Run the command with the arguments of the process."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    escape_undisplayable()
    own_process()
    try:
        app()
    finally:
        for stream in (sys.stdout, sys.stderr):
            forget_unwritten(stream)
