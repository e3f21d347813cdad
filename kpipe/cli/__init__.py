"""The command `kpipe`, which parses arguments, calls the library and prints results."""

from kpipe.cli.command_line import app, main

__all__ = ["app", "main"]
