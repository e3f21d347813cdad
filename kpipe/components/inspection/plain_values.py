"""Restriction of plain values for Keras' classes, which could otherwise load files or execute code.

Keras converts mappings in its serialized form to objects of any class, and some strings are names of files or modules
that it loads. Therefore an argument accepts mappings only if the overlay has a rule for them, and strings only if the
overlay lists the argument.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.overlay import overlay, rule_for

_NUMBERS = frozenset({"bool", "int", "float", "null"})


def restricted(argument: ArgumentInfo, kind: str, class_name: str, origin: str) -> ArgumentInfo:
    """Return the argument with the types that are allowed in a spec.

    Args:
        argument: the description from the signature, the docstring and the overlay.
        kind: the kind of the class.
        class_name: the name in the definition of the class.
        origin: `keras` or `kpipe`; annotations of classes of kpipe are not restricted.
    """
    file = _entry(overlay(kind).files, class_name, argument.name)
    if file is not None:
        return replace(argument, file=file)
    if origin == "keras" and argument.object_kind is None:
        return _plain(argument, kind, class_name)
    return argument


def _plain(argument: ArgumentInfo, kind: str, class_name: str) -> ArgumentInfo:
    types, items = argument.types, argument.item_types
    if "any" in types:
        types = _NUMBERS | {"list"}
    if "list" in types:
        items = items - {"any", "dict"} or _NUMBERS
    rule = rule_for(kind, class_name, argument.name)
    if rule is None or rule.types is None or "dict" not in rule.types:
        types -= {"dict"}
    if argument.choices is None and _entry(overlay(kind).texts, class_name, argument.name) is None:
        types, items = types - {"str"}, items - {"str"}
    pattern = (class_name, argument.name) in overlay(kind).patterns
    return replace(argument, types=types, item_types=items, pattern=pattern)


def _entry(table: dict[str, str], class_name: str, argument: str) -> str | None:
    full = f"{class_name}.{argument}"
    return next((value for key, value in table.items() if fnmatchcase(full if "." in key else argument, key)), None)
