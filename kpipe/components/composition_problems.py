"""Errors of the compositions of transforms: choices, of which Albumentations states the rules only in its code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kpipe.components.argument_forms import resolved
from kpipe.components.inspection.class_info import ClassInfo
from kpipe.components.inspection.kinds import KINDS
from kpipe.errors import Problem
from kpipe.spec.node import Node, split_component


def composition_problems(node: Node, known: ClassInfo, path: str, evaluated: bool) -> Iterator[Problem]:
    """Yield the problems of a choice of transforms whose arguments have been checked one by one.

    Args:
        node: a component.
        known: its class; others than compositions of Albumentations have no such problems.
        path: dotted path of the arguments of the component.
        evaluated: whether strings that begin with `=` are plain strings; expressions are skipped otherwise.
    """
    rule = _RULES.get(known.name) if known.origin == KINDS["transform"].library else None
    name, arguments = split_component(node) or ("", None)
    entries = arguments.entries if arguments is not None else {}
    if rule is None or (not evaluated and any(entry.is_expression for entry in entries.values())):
        return
    for key, message in rule(entries, evaluated):
        place = entries.get(key)
        if place is None:
            yield Problem(node.key_mark(name), path, message, related=node.chain)
        else:
            yield Problem(place.mark, f"{path}.{key}", message, related=place.chain)


def _one_of(entries: Mapping[str, Node], evaluated: bool) -> Iterator[tuple[str, str]]:
    weights = [_probability(item, evaluated) for item in _items(entries)]
    if weights and all(weight == 0 for weight in weights):
        yield (
            "transforms",
            "none of the transforms can be chosen; expected at least one with p above 0, got p: 0 in all; the p of a "
            "transform is its weight in the choice",
        )


def _some_of(entries: Mapping[str, Node], evaluated: bool) -> Iterator[tuple[str, str]]:
    count, number, replace = len(_items(entries)), _plain(entries, "n"), _plain(entries, "replace")
    if count and isinstance(number, int) and number > count and replace is not True:
        yield (
            "n",
            f"out of range; expected at most {count}, the number of transforms, got {number}; lower n, add transforms, "
            "or write `replace: true`, with which a transform can be chosen several times",
        )


def _one_or_other(entries: Mapping[str, Node], evaluated: bool) -> Iterator[tuple[str, str]]:
    written = [key for key in ("first", "second") if _plain(entries, key) is not None]
    if _plain(entries, "transforms") is None:
        if len(written) < 2:
            yield "", "OneOrOther requires first and second, or a list of 2 transforms in transforms"
        return
    if len(_items(entries)) > 2:
        yield "transforms", f"too many entries; expected a list of 2 transforms, got {len(_items(entries))}"
    for key in written:
        yield key, "cannot be combined with transforms, which contains both; remove one of them"


_RULES: dict[str, Callable[[Mapping[str, Node], bool], Iterator[tuple[str, str]]]] = {
    "OneOf": _one_of,
    "OneOrOther": _one_or_other,
    "RandomOrder": _some_of,
    "SomeOf": _some_of,
}


def _items(entries: Mapping[str, Node]) -> list[Node]:
    found = entries.get("transforms")
    return found.items if found is not None and found.is_list else []


def _plain(entries: Mapping[str, Node], key: str) -> Any:
    return entries[key].plain() if key in entries else None


def _probability(item: Node, evaluated: bool) -> float | None:
    """Return the p of a transform; None if it is unknown, or if the transform always counts."""
    name, arguments = split_component(item) or ("", None)
    known = resolved("transform", name)
    if known is None or "p" not in known.arguments:
        return None
    written = arguments.entries.get("p") if arguments is not None else None
    if written is None:
        default: float | None = known.arguments["p"].default
        return default
    if written.is_expression and not evaluated:
        return None
    return written.value if isinstance(written.value, int | float) else None
