"""The command `kpipe`: parses its arguments, calls the library, prints. `commands` has one module a command."""

from kpipe.cli.command_line import app, main

__all__ = ["app", "main"]
