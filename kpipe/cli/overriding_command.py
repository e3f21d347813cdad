"""A command that explains how values of a spec are set, where they are written as options or arguments."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import typer
from typer.core import TyperCommand

_SET = "--set"
_PAIRS = {_SET: "PATH=VALUE", "--set-env": "PATH=NAME"}


class OverridingCommand(TyperCommand):
    """A command with the option `--set`, whose usage errors contain the call that was probably meant."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments, after a check for values such as `--train.epochs 5` and `train.epochs=5`."""
        options = {name: param for param in self.get_params(ctx) for name in param.opts if name.startswith("-")}
        if _SET in options and (message := _fault(args, options, self._num_arguments(ctx))):
            ctx.fail(message)
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = _number_fault(error) or error.message
            raise

    def _num_arguments(self, ctx: Any) -> int | None:
        counts = [param.nargs for param in self.get_params(ctx) if param.param_type_name == "argument"]
        return None if -1 in counts else sum(counts)


def _fault(args: Sequence[str], options: dict[str, Any], most: int | None) -> str | None:
    """Return the message about the first value that is not set by `--set`; None if there is none."""
    positional = 0
    for index, arg, value in _parts(args, options):
        name = arg.partition("=")[0]
        if arg in _PAIRS and value and "=" not in value and (after := _after(args, index + 2)):
            return (
                f"{arg} requires {_PAIRS[arg]} without a space; write {arg} {value}={shlex.quote(after.lstrip('= '))}"
            )
        if arg.startswith("--") and name not in options:
            return _unknown_option(name, arg.partition("=")[2] or value or "VALUE", list(options))
        if not arg.startswith("-"):
            positional += 1
            if "=" in arg and most is not None and positional > most:
                return f"Got unexpected extra argument ({arg}); to set a value of the spec, write {_SET} {_quoted(arg)}"
    return None


def _number_fault(error: Exception) -> str | None:
    """Return the message about a value that is not the number that an option expects; None for other errors."""
    from pydantic import ValidationError

    problems = error.__cause__.errors() if isinstance(error.__cause__, ValidationError) else []
    kind = problems[0]["type"] if problems else ""
    if kind not in ("int_parsing", "int_from_float", "greater_than_equal", "less_than_equal"):
        return None
    limits = problems[0].get("ctx", {})
    words = {"ge": "at least", "le": "at most"}
    limit = "".join(f" of {word} {limits[key]}" for key, word in words.items() if key in limits)
    return f"expected an integer{limit}, got {str(problems[0]['input'])!r}"


def _parts(args: Sequence[str], options: dict[str, Any]) -> Iterator[tuple[int, str, str | None]]:
    """Yield the index of each option and argument, its text, and what follows it, which may be its value."""
    index = 0
    while index < len(args) and args[index] != "--":
        arg = args[index]
        yield index, arg, _after(args, index + 1)
        option = options.get(arg)
        index += 2 if option is not None and not option.is_flag else 1


def _quoted(arg: str) -> str:
    path, _, value = arg.partition("=")
    return f"{path}={shlex.quote(value)}"


def _after(args: Sequence[str], index: int) -> str | None:
    return args[index] if index < len(args) and not args[index].startswith("--") else None


def _unknown_option(name: str, value: str, known: list[str]) -> str:
    from kpipe.nearest import nearest
    from kpipe.spec.full_path import full_path
    from kpipe.spec.top_level import top_level

    path = name.removeprefix("--")
    path = full_path(path) or path
    message = f"No such option: {name}"
    if path.partition(".")[0] in top_level():
        return f"{message}; to set a value of the spec, write {_SET} {path}={shlex.quote(value)}"
    if meant := nearest(name, known):
        return f"{message}; did you mean {meant}?"
    return f"{message}; to set a value of the spec, write {_SET} PATH=VALUE, such as {_SET} train.epochs=3"
