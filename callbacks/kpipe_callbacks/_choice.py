"""The check of arguments that accept a fixed set of strings."""

from __future__ import annotations

from typing import Any


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise an error if an argument is not one of the allowed strings.

    Raises:
        ValueError: the value is not one of the choices.

    Example:
        >>> check_choice("mode", "low", ("auto", "min", "max"))
        Traceback (most recent call last):
        ValueError: mode: unknown value; expected 'auto', 'min' or 'max', got 'low'
    """
    if value not in choices:
        *first, last = (repr(choice) for choice in choices)
        raise ValueError(f"{name}: unknown value; expected {', '.join(first)} or {last}, got {value!r}")
