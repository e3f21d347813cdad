"""Defaults of the keys that a spec omits, from the classes of the sections."""

from __future__ import annotations

import typing
from typing import Any

from kpipe.errors import Mark
from kpipe.spec.node import Node
from kpipe.spec.sections.or_component import entry_slot, is_component_entry, replace_by_list
from kpipe.spec.sections.path_values import is_path_values
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.section import Section, fields, listed_section, nested_section, options
from kpipe.spec.sections.slot import default_of, slot_of
from kpipe.spec.top_level import top_level


def default_at(path: str) -> Node | None:
    """Return the default of a dotted path of keys, or None for an unknown key.

    `*` is any key of a mapping that is keyed by names, as in `train.targets.*`. The default of a required key is null.

    Example:
        >>> default_at("train.regularize.l2").plain(), default_at("train.regularise")
        (0.0, None)
    """
    mark = Mark("the defaults", 1, 1, 1, 1)
    if not path:
        return _node(top_level(), mark)
    first, *below = path.split(".")
    if section := sections().get(first):
        return _below(section, below, mark)
    keys = top_level()
    return _node(keys[first], mark) if first in keys and not below else None


def filled(node: Node, section: type[Section]) -> None:
    """Add the defaults of the keys that a section omits, in place and in the order of its class.

    A nested section that is null is replaced by an empty one, and a component that is a whole list by the list of it.
    """
    entries = dict(node.entries)
    ordered: dict[str, Node] = {}
    dependent = section.dependent_defaults([key for key, entry in entries.items() if entry.value is not None])
    for key, field in fields(section).items():
        if key in entries:
            ordered[key] = entries.pop(key)
        elif (value := dependent.get(key, default_of(field))) is not ...:
            ordered[key] = _node(value, node.mark)
        if (listed := listed_section(field)) is not None and key in ordered:
            is_mixed = entry_slot(field) is not None
            if is_mixed:
                replace_by_list(ordered[key])
            for child in ordered[key].items:
                if child.is_mapping and not (is_mixed and is_component_entry(child)):
                    filled(child, listed)
        nested, of_names = nested_section(field)
        if nested is not None and key in ordered:
            _replace_null(ordered[key])
            for child in ordered[key].entries.values() if of_names else [ordered[key]]:
                _replace_null(child)
                if child.is_mapping:
                    filled(child, nested)
    node.value = {**ordered, **entries}


def _below(section: type[Section], parts: list[str], mark: Mark) -> Node | None:
    if not parts:
        return _node({key: default_of(field) for key, field in fields(section).items()}, mark)
    field = fields(section).get(parts[0])
    if field is None:
        return None
    if len(parts) == 1:
        return _node(default_of(field), mark)
    if is_path_values(field):
        return _node(None, mark)
    if (listed := listed_section(field)) is not None:
        return _below(listed, parts[2:], mark)
    nested, of_names = nested_section(field)
    if nested is not None and of_names:
        return _node({}, mark) if len(parts) == 2 else _below(nested, parts[2:], mark)
    if nested is not None:
        return None if parts[1] == "*" else _below(nested, parts[1:], mark)
    if (slot := slot_of(field)) is not None and slot.many == "mapping":
        return _node([], mark) if len(parts) == 2 else None
    is_open = any(typing.get_origin(option) is dict for option in options(field.annotation))
    return _node(None, mark) if len(parts) == 2 and is_open else None


def _replace_null(section: Node) -> None:
    """Replace a section that is null by an empty one."""
    if section.value is None:
        section.value = {}


def _node(value: Any, mark: Mark) -> Node:
    if isinstance(value, dict):
        return Node({key: _node(entry, mark) for key, entry in value.items()}, mark)
    if isinstance(value, list):
        return Node([_node(item, mark) for item in value], mark)
    return Node(None if value is ... else value, mark)
