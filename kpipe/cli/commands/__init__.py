"""The commands, one per module; each module defines a Typer function `command` and is listed in `COMMANDS`."""
