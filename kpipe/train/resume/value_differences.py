"""The differences between values that can contain components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kpipe.components.value_text import shown
from kpipe.messages.counted import counted
from kpipe.train.resume.change import Change
from kpipe.train.resume.component_value import Component

#: Stands for a value that there is not.
ABSENT = object()


def value_differences(before: Any, now: Any, path: str) -> list[Change]:
    """Return the parts of two values that differ; an integer equals a float of the same value.

    Args:
        before: the earlier value: a scalar, a `Component`, or lists and mappings of them; `ABSENT` if there is none.
        now: the current value.
        path: the dotted path of both.

    Example:
        >>> [str(change) for change in value_differences({"a": 1, "b": [2]}, {"a": 1.0, "b": [3]}, "vars")]
        ['vars.b.0: 2 -> 3']
    """
    if isinstance(before, Component) and isinstance(now, Component):
        if (before.name, before.owner) == (now.name, now.owner):
            return value_differences(before.arguments, now.arguments, f"{path}.{now.name}")
        if before.name == now.name:
            return [Change(path, f"{before.owner}.{before.name}", f"{now.owner}.{now.name}")]
    elif isinstance(before, dict) and isinstance(now, dict):
        keys = dict.fromkeys((*before, *now))
        return [
            change for key in keys for change in value_differences(_of(before, key), _of(now, key), f"{path}.{key}")
        ]
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [
            change
            for n, pair in enumerate(zip(before, now, strict=True))
            for change in value_differences(*pair, f"{path}.{n}")
        ]
    elif isinstance(before, list) and isinstance(now, list) and any(isinstance(entry, dict) for entry in before + now):
        # Their texts would be cut before they differ.
        return [Change(path, *_counts(before, now, path))]
    elif is_same(before, now):
        return []
    return [Change(path, value_text(before), value_text(now))]


def is_same(before: Any, now: Any) -> bool:
    """Return whether two values are equal and of the same type; all numbers are of one type.

    Example:
        >>> is_same(1, 1.0), is_same(1, True)
        (True, False)
    """
    numbers = [isinstance(value, int | float) and not isinstance(value, bool) for value in (before, now)]
    return bool(before == now) and (all(numbers) or type(before) is type(now))


def value_text(value: Any) -> str:
    """Return a value as in messages, a component by its name, and `absent` for no value.

    Example:
        >>> value_text([None, "a"]), value_text(ABSENT)
        ("[null, 'a']", 'absent')
    """
    return "absent" if value is ABSENT else shown(_plain(value))


def _counts(before: list[Any], now: list[Any], path: str) -> tuple[str, str]:
    """Return the numbers of entries of two lists; an entry that is a recipe can be several stages."""
    is_plain = path.endswith("stages") and all(isinstance(entry, dict) for entry in before + now)
    noun = ("stage", "stages") if is_plain else ("entry", "entries")
    return counted(len(before), *noun), counted(len(now), *noun)


def _of(values: Mapping[Any, Any], key: Any) -> Any:
    return values.get(key, ABSENT)


def _plain(value: Any) -> Any:
    if isinstance(value, Component):
        return value.name
    return [_plain(entry) for entry in value] if isinstance(value, list) else value
