"""Arguments that are one of a few strings."""

from __future__ import annotations

from typing import Any


def check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Refuses a value that is none of some strings.

    Raises:
        ValueError: it is none of them.

    Example:
        >>> check_choice("mode", "low", ("auto", "min", "max"))
        Traceback (most recent call last):
        ValueError: mode: unknown value; expected 'auto', 'min' or 'max', got 'low'
    """
    if value not in choices:
        *first, last = (repr(choice) for choice in choices)
        raise ValueError(f"{name}: unknown value; expected {', '.join(first)} or {last}, got {value!r}")
