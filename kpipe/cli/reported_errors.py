"""Conversion of the errors of commands to messages and exit codes."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import typer

from kpipe.cli.parameters import DebugOption
from kpipe.messages.call_argument import command_line

if TYPE_CHECKING:
    from kpipe.errors import KpipeError


def reported_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that converts errors to messages and exit codes, unless its option `--debug` is given.

    Args:
        command: a function with the parameters of the command, as Typer reads them.

    Example:
        >>> def toy(name: str) -> None:
        ...     print(name)
        >>> reported_errors(toy)("digits", debug=False)
        digits
        >>> str(inspect.signature(reported_errors(toy)))[:11]
        '(name: str,'
    """

    @wraps(command)
    def reported(*args: Any, debug: bool, **kwargs: Any) -> None:
        from kpipe.errors import KpipeError

        try:
            with command_line():
                command(*args, **kwargs)
            if sys.stdout is not None:
                sys.stdout.flush()
        except (KpipeError, KeyboardInterrupt) as error:
            if debug:
                raise
            raise typer.Exit(_report(error)) from None
        except BrokenPipeError:
            # The reader of the output has exited, so a message would not be read either.
            raise typer.Exit(1) from None

    signature = inspect.signature(command, eval_str=True)
    option = inspect.Parameter("debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=DebugOption)
    reported.__signature__ = signature.replace(parameters=[*signature.parameters.values(), option])  # type: ignore[attr-defined]
    return reported


def _report(error: KpipeError | KeyboardInterrupt) -> int:
    """Print the message of an error; return the exit code."""
    if isinstance(error, KeyboardInterrupt):
        typer.echo("interrupted", err=True)
        return 130
    from kpipe.messages.reporter import Reporter
    from kpipe.messages.source_line import with_source_lines

    Reporter().say(with_source_lines(error))
    return error.exit_code
