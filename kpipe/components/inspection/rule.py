"""Rules of the overlay, which correct the description of an argument of Keras."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import SimpleNamespace

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.limits import Limits

_INTERVAL = re.compile(r"([\[(])\s*([^,]+?)\s*,\s*([^,]+?)\s*([\])])$")
_SCALARS = frozenset({"bool", "int", "float", "str"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A correction of the description of one argument.

    Args:
        types: replaces the inspected types; None keeps them.
        item_types: replaces the inspected types of entries of a list; None keeps them.
        scalar: replaces all scalar types except null, also for entries of lists; None keeps them.
        choices: the allowed strings.
        any_case: whether `choices` ignore case.
        object_kind: the kind of component that the argument accepts.
        many: whether a list contains several components.
        min_items: the least number of components in a list.
        interval: limits of numbers as a mathematical interval, such as `[0, 1)` or `(0, inf)`.
        required: whether the argument is required although the class has a default.
        reason: the reason for the limits and the remedy, for messages.
        is_path: whether strings are paths of files or folders; False keeps what was inspected.
        words: the strings that are not paths.
    """

    types: tuple[str, ...] | None = None
    item_types: tuple[str, ...] | None = None
    scalar: str | None = None
    choices: tuple[str, ...] | None = None
    any_case: bool = False
    object_kind: str | None = None
    many: bool = False
    min_items: int = 0
    interval: str | None = None
    required: bool = False
    reason: str = ""
    is_path: bool = False
    words: tuple[str, ...] = ()

    def applied(self, argument: ArgumentInfo) -> ArgumentInfo:
        """Return the argument with this correction."""
        limits = argument.limits if self.interval is None else _limits(self.interval)
        return replace(
            argument,
            required=argument.required or self.required,
            default=None if self.required else argument.default,
            reason=self.reason,
            is_path=argument.is_path or self.is_path,
            words=self.words,
            types=self._types(argument),
            item_types=self._item_types(argument),
            choices=self.choices,
            any_case=self.any_case,
            object_kind=self.object_kind,
            many=self.many,
            min_items=self.min_items,
            minimum=limits.minimum,
            maximum=limits.maximum,
            minimum_open=limits.minimum_open,
            maximum_open=limits.maximum_open,
        )

    def _types(self, argument: ArgumentInfo) -> frozenset[str]:
        if self.types is not None:
            return frozenset(self.types)
        found = argument.types
        if "any" in found:
            # The types are unknown, but an argument with the default None accepts null.
            found = frozenset() if argument.required or argument.default is not None else frozenset({"null"})
        if self.choices is not None:
            return (found & {"null"}) | {"str"}
        if self.scalar is None:
            return found
        plain = found - _SCALARS
        accepts_scalar = bool(found & {"int", "float"}) or not plain - {"null"}
        return plain | {self.scalar} if accepts_scalar else plain

    def _item_types(self, argument: ArgumentInfo) -> frozenset[str]:
        if self.item_types is not None:
            return frozenset(self.item_types)
        return argument.item_types if self.scalar is None else frozenset({self.scalar})


def integer(interval: str | None = None) -> Rule:
    """Return a rule for integers."""
    return Rule(scalar="int", interval=interval)


def number(interval: str | None = None) -> Rule:
    """Return a rule for numbers."""
    return Rule(scalar="float", interval=interval)


def one_of(*choices: str, any_case: bool = False) -> Rule:
    """Return a rule for the strings of an enumeration."""
    return Rule(choices=choices, any_case=any_case)


def component(kind: str, *types: str, many: bool = False, min_items: int = 0, interval: str | None = None) -> Rule:
    """Return a rule for a component of a kind; `types` are plain types that are allowed instead."""
    return Rule(types=types, item_types=(), object_kind=kind, many=many, min_items=min_items, interval=interval)


def _limits(interval: str) -> Limits:
    match = _INTERVAL.match(interval)
    if match is None:
        raise ValueError(f"invalid interval; expected the form [0, 1) or (0, inf), got {interval!r}")
    ends = {"ge" if match[1] == "[" else "gt": float(match[2]), "le" if match[4] == "]" else "lt": float(match[3])}
    return Limits.of([SimpleNamespace(**ends)])
