"""Values, and the values that an argument accepts, as in messages."""

from __future__ import annotations

from typing import Any

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.kinds import KINDS, plural

_NAMES = {"bool": "true or false", "int": "an integer", "float": "a number", "str": "a string"}
_PLURALS = {
    "bool": "true or false", "int": "integers", "float": "numbers", "str": "strings", "null": "null"
}  # fmt: skip
_NUMBERS = ("int", "float")


def shown(value: Any) -> str:
    """Return a value as in YAML, shortened to 60 characters.

    Example:
        >>> shown([True, None, "a"])
        "[true, null, 'a']"
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list):
        text = f"[{', '.join(shown(entry) for entry in value)}]"
    elif isinstance(value, dict):
        text = f"{{{', '.join(f'{key}: {shown(entry)}' for key, entry in value.items())}}}"
    else:
        text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def allowed(argument: ArgumentInfo) -> str:
    """Return what an argument accepts, without the range of numbers."""
    return _joined(_parts(argument, "", "null"))


def expected(argument: ArgumentInfo, none: str = "null") -> str:
    """Return what an argument accepts, such as `a number of at least 0 and less than 1, or null`.

    Args:
        argument: the description of the argument.
        none: the word for no value, `null` in YAML and `None` in Python.
    """
    limits = str(argument.limits)
    return _joined(
        _parts(argument, f" of {limits}" if limits.startswith("at ") else f" {limits}" if limits else "", none)
    )


def _parts(argument: ArgumentInfo, limits: str, none: str) -> list[str]:
    parts = []
    if argument.choices is not None:
        prefix = "one of " if len(argument.choices) > 1 else ""
        parts.append(f"{prefix}{', '.join(map(_choice, argument.choices))}")
    for name, noun in _NAMES.items():
        if name in argument.types and not (name == "str" and argument.choices is not None):
            parts.append(noun + (limits if name in _NUMBERS else ""))
    if argument.object_kind is not None:
        if argument.is_list_of_components:
            parts.append(f"a list of {plural(argument.object_kind)}")
        else:
            parts.append(str(KINDS[argument.object_kind]))
        if argument.object_kind == "layer":
            parts.append("a list of layers")
    if "list" in argument.types:
        items = [noun + (limits if name in _NUMBERS else "") for name, noun in _plurals(argument.item_types)]
        parts.append(f"a list of {' or '.join(items)}" if items else "a list")
    if "dict" in argument.types:
        parts.append("a mapping")
    if "null" in argument.types:
        parts.append(none)
    return parts


def _choice(value: object) -> str:
    """Return a choice as text, in quotes if it is only punctuation."""
    is_word = not isinstance(value, str) or any(character.isalnum() for character in value)
    return str(value) if is_word else f'"{value}"'


def _plurals(types: frozenset[str]) -> list[tuple[str, str]]:
    return [(name, noun) for name, noun in _PLURALS.items() if name in types]


def _joined(parts: list[str]) -> str:
    if not parts:
        return ""
    if len(parts) < 3 and " or " not in parts[0]:
        return " or ".join(parts)
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])}, or {parts[-1]}"


def because(argument: ArgumentInfo) -> str:
    """Return the reason for the limits of an argument as the end of a message; empty if there is none."""
    return f"; {argument.reason}" if argument.reason else ""
