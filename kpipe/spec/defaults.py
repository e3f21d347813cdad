"""What the language puts where a spec leaves a key out, from the typed sections alone."""

from __future__ import annotations

import types
import typing
from typing import Any

from pydantic.fields import FieldInfo

from kpipe.errors import Mark
from kpipe.spec.node import Node
from kpipe.spec.sections import Data, Section, Slot, Train

SECTIONS: dict[str, type[Section]] = {"data": Data, "train": Train}

#: The top level of a spec in its order, with the defaults; `...` must be given.
TOP_LEVEL: dict[str, Any] = {
    "name": ...,
    "seed": 0,
    "imports": [],
    "vars": {},
    "data": ...,
    "blocks": {},
    "model": ...,
    "train": {},
}

#: Keys of a file that are gone once it is read.
FILE_KEYS = ("extends", "set")


def default_at(path: str) -> Node | None:
    """The default of a dotted path of keys, or None where the language knows no such key.

    `train.targets.*` stands for any key of a mapping that is keyed by names. A key that must be given has `null`.

    Example:
        >>> default_at("train.regularize.l2").plain(), default_at("train.regularise")
        (0.0, None)
    """
    mark = Mark("the defaults", 1, 1, 1, 1)
    parts = path.split(".") if path else []
    if not parts:
        return _node({key: None if value is ... else value for key, value in TOP_LEVEL.items()}, mark)
    if parts[0] not in SECTIONS:
        known = len(parts) == 1 and parts[0] in TOP_LEVEL
        value = TOP_LEVEL.get(parts[0])
        return _node(None if value is ... else value, mark) if known else None
    return _below(SECTIONS[parts[0]], parts[1:], mark)


def filled(node: Node, section: type[Section]) -> None:
    """Puts the defaults of a section where its mapping leaves keys out, in place and in the section's order.

    A section below it that is null is an empty one.
    """
    entries = dict(node.entries)
    ordered: dict[str, Node] = {}
    for name, field in section.model_fields.items():
        key = field.alias or name
        if key in entries:
            ordered[key] = entries.pop(key)
        elif (value := _default(field)) is not ...:
            ordered[key] = _node(value, node.mark)
        nested, of_names = nested_section(field)
        if nested is not None and key in ordered:
            _null_is_empty(ordered[key])
            for child in ordered[key].entries.values() if of_names else [ordered[key]]:
                _null_is_empty(child)
                if child.is_mapping:
                    filled(child, nested)
    node.value = {**ordered, **entries}


def nested_section(field: FieldInfo) -> tuple[type[Section] | None, bool]:
    """The section that a field holds, and whether it holds one for each name."""
    annotation = field.annotation
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, False
    if typing.get_origin(annotation) is dict:
        value = typing.get_args(annotation)[1]
        if isinstance(value, type) and issubclass(value, Section):
            return value, True
    return None, False


def options(annotation: Any) -> tuple[Any, ...]:
    """The types that an annotation allows, one by one."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _below(section: type[Section], parts: list[str], mark: Mark) -> Node | None:
    if not parts:
        defaults = {f.alias or name: _default(f) for name, f in section.model_fields.items()}
        return _node({key: None if value is ... else value for key, value in defaults.items()}, mark)
    field = next((f for n, f in section.model_fields.items() if (f.alias or n) == parts[0]), None)
    if field is None:
        return None
    if len(parts) == 1:
        value = _default(field)
        return _node(None if value is ... else value, mark)
    nested, of_names = nested_section(field)
    if nested is not None and of_names:
        return _node({}, mark) if len(parts) == 2 else _below(nested, parts[2:], mark)
    if nested is not None:
        return None if parts[1] == "*" else _below(nested, parts[1:], mark)
    is_open = any(typing.get_origin(option) is dict for option in options(field.annotation))
    return _node(None, mark) if len(parts) == 2 and is_open else None


def _null_is_empty(section: Node) -> None:
    if section.value is None:
        section.value = {}


def _default(field: FieldInfo) -> Any:
    slot = next((entry for entry in field.metadata if isinstance(entry, Slot)), None)
    if slot is not None:
        return slot.default
    nested, of_names = nested_section(field)
    if nested is not None:
        return {} if of_names else {f.alias or n: _default(f) for n, f in nested.model_fields.items()}
    return ... if field.is_required() else field.get_default(call_default_factory=True)


def _node(value: Any, mark: Mark) -> Node:
    if isinstance(value, dict):
        return Node({key: _node(entry, mark) for key, entry in value.items()}, mark)
    if isinstance(value, list):
        return Node([_node(item, mark) for item in value], mark)
    return Node(value, mark)
