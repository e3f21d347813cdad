"""The commands, one a module; each has a function `command` that Typer reads, and a line in `COMMANDS`."""
