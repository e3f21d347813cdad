"""A correction of an argument of Keras."""

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
    """A correction of one argument.

    Args:
        types: its types, in place of those that were found; None to keep those.
        item_types: the types of a list's entries, likewise.
        scalar: the only scalar type (besides null) among those that were found, also for entries of lists.
        choices: the allowed strings.
        any_case: whether upper and lower case are the same in `choices`.
        object_kind: the kind of component that it is.
        many: whether a list contains several components.
        interval: limits of the numbers as in mathematics: `[0, 1)`, `(0, inf)`.
        required: whether it must be given although the class has a default.
        reason: why it is limited, and the remedy; for messages.
    """

    types: tuple[str, ...] | None = None
    item_types: tuple[str, ...] | None = None
    scalar: str | None = None
    choices: tuple[str, ...] | None = None
    any_case: bool = False
    object_kind: str | None = None
    many: bool = False
    interval: str | None = None
    required: bool = False
    reason: str = ""

    def applied(self, argument: ArgumentInfo) -> ArgumentInfo:
        """The argument with this correction."""
        limits = argument.limits if self.interval is None else _limits(self.interval)
        return replace(
            argument,
            required=argument.required or self.required,
            default=None if self.required else argument.default,
            reason=self.reason,
            types=self._types(argument),
            item_types=self._item_types(argument),
            choices=self.choices,
            any_case=self.any_case,
            object_kind=self.object_kind,
            many=self.many,
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
            # Nothing was found; an argument that is None by default may always be null.
            found = frozenset() if argument.required or argument.default is not None else frozenset({"null"})
        if self.choices is not None:
            return (found & {"null"}) | {"str"}
        if self.scalar is None:
            return found
        plain = found - _SCALARS
        takes_scalar = bool(found & {"int", "float"}) or not plain - {"null"}
        return plain | {self.scalar} if takes_scalar else plain

    def _item_types(self, argument: ArgumentInfo) -> frozenset[str]:
        if self.item_types is not None:
            return frozenset(self.item_types)
        return argument.item_types if self.scalar is None else frozenset({self.scalar})


def whole(interval: str | None = None) -> Rule:
    """Integers."""
    return Rule(scalar="int", interval=interval)


def number(interval: str | None = None) -> Rule:
    """Numbers."""
    return Rule(scalar="float", interval=interval)


def one_of(*choices: str, any_case: bool = False) -> Rule:
    """Strings of an enumeration, besides what else was found."""
    return Rule(choices=choices, any_case=any_case)


def stands_for(kind: str, *types: str, many: bool = False, interval: str | None = None) -> Rule:
    """A component of a kind; `types` are the plain types that are allowed instead."""
    return Rule(types=types, item_types=(), object_kind=kind, many=many, interval=interval)


def _limits(interval: str) -> Limits:
    match = _INTERVAL.match(interval)
    if match is None:
        raise ValueError(f"{interval!r} is no interval; write it as [0, 1) or (0, inf)")
    ends = {"ge" if match[1] == "[" else "gt": float(match[2]), "le" if match[4] == "]" else "lt": float(match[3])}
    return Limits.of([SimpleNamespace(**ends)])
