"""Arguments of a call in the syntax of the caller: options on the command line, keyword arguments in Python."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_IS_COMMAND_LINE: ContextVar[bool] = ContextVar("whether the caller is the command line", default=False)


@contextmanager
def command_line() -> Iterator[None]:
    """Inside, the caller is the command line; by default it is Python code."""
    token = _IS_COMMAND_LINE.set(True)
    try:
        yield
    finally:
        _IS_COMMAND_LINE.reset(token)


def is_command_line() -> bool:
    """Return whether the caller is the command line."""
    return _IS_COMMAND_LINE.get()


def call_argument(name: str, value: object = True) -> str:
    """Return an argument as its caller writes it.

    Args:
        name: of the parameter, which is that of the option.
        value: its value; True for an option without a value.

    Example:
        >>> call_argument("resume"), call_argument("output", "runs/1")
        ('resume=True', 'output="runs/1"')
        >>> with command_line():
        ...     call_argument("resume"), call_argument("output", "runs/1")
        ('--resume', '--output runs/1')
    """
    if is_command_line():
        return f"--{name}" if value is True else f"--{name} {shlex.quote(str(value))}"
    return f"{name}={value!r}" if value is None or isinstance(value, bool | int) else f"{name}={json.dumps(str(value))}"
