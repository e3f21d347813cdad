"""Comparison of specs by meaning instead of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kpipe.components.argument_forms import Form, form_of, resolved
from kpipe.components.construct import as_numbers
from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.custom_classes import IMPORTED_FILE
from kpipe.components.transform_lists import written_out
from kpipe.components.value_text import shown
from kpipe.data.augment.evaluation_lists import evaluation_lists
from kpipe.spec.node import Node, split_component
from kpipe.spec.sections.changeable import changeable_keys
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot, slots
from kpipe.spec.spec import Spec
from kpipe.train.resume.change import Change

#: Keys that other checks compare: epochs may grow, and `data.json` describes the preparations in more detail.
_COMPARED_ELSEWHERE = {"data": {"prepare"}, "train": {"epochs"}}


@dataclass(frozen=True)
class Component:
    """A component with the defaults of its signature.

    Args:
        name: the name of its class.
        owner: the origin of its class.
        arguments: all arguments, including defaults.
    """

    name: str
    owner: str
    arguments: dict[str, Any]


_ABSENT = object()


def section_differences(before: Spec, now: Spec) -> list[Change]:
    """Return the values of the sections that differ between two specs.

    Typed values are compared, with the defaults of all signatures and the values of expressions. A default may be
    written out or omitted, and the order of keys does not matter. Paths of the data are not compared.

    Args:
        before: the earlier spec.
        now: the current spec; the code of both is imported.
    """
    found: list[Change] = []
    for key, section in sections().items():
        if not section.changes_runs:
            continue
        skipped = changeable_keys(section) | _COMPARED_ELSEWHERE.get(key, set())
        old, new = (_section(getattr(spec, key), skipped) for spec in (before, now))
        if key == "data":
            # The spec of a run has the evaluation of ready-made lists written out.
            for values, spec in ((old, before), (new, now)):
                values["evaluate"] = {"transform": evaluation_lists(spec.data) or None}
        found += _differences(old, new, key)
    return found


def _section(section: Section | None, skipped: set[str]) -> dict[str, Any]:
    """Return the values of a section; those of an absent section are absent."""
    if section is None:
        return {}
    known = slots(type(section))
    values: dict[str, Any] = {}
    for name, field in type(section).model_fields.items():
        key = field.alias or name
        if key not in skipped:
            values[key] = _value(getattr(section, name), known.get(key))
    return values


def _value(value: Any, slot: Slot | None) -> Any:
    if isinstance(value, Section):
        return _section(value, set())
    if isinstance(value, Node):
        return _slot(value, slot) if slot is not None else value.plain()
    if isinstance(value, dict):
        return {key: _value(entry, None) for key, entry in value.items()}
    return value


def _slot(node: Node, slot: Slot) -> Any:
    if node.value is None or (isinstance(node.value, str) and node.value in slot.words):
        return node.value
    if node.is_mapping and slot.many == "mapping":
        return {name: _slot(entry, slot) for name, entry in node.entries.items()}
    if node.is_list:
        # The spec of a run has ready-made lists written out.
        items = written_out(node.items) if slot.kind == "transform" else node.items
        return [_slot(item, slot) for item in items]
    return _component(node, slot.kind)


def _component(node: Node, kind: str) -> Any:
    if kind == "layer" and node.is_list:
        return [_component(entry, kind) for entry in node.items]
    name, arguments = split_component(node) or ("", None)
    known = resolved(kind, name)
    if known is None:
        return node.plain()
    values = {key: _default(entry) for key, entry in known.arguments.items() if not entry.required}
    for key, entry in (arguments.entries if arguments is not None else {}).items():
        argument = known.arguments.get(key)
        is_data = kind == "source" and argument is not None and argument.is_path
        values[key] = "the data" if is_data else _argument(entry, argument)
    return Component(known.name, IMPORTED_FILE.sub(r"\1", known.origin), values)


def _default(argument: ArgumentInfo) -> Any:
    return as_numbers(argument.default, argument.types, argument.item_types)


def _argument(node: Node, argument: ArgumentInfo | None) -> Any:
    if argument is None:
        return node.plain()
    shape = form_of(node, argument)
    if shape is Form.COMPONENT:
        return _component(node, str(argument.object_kind))
    if shape is Form.COMPONENTS:
        return [_component(entry, str(argument.object_kind)) for entry in node.items]
    return as_numbers(node.plain(), argument.types, argument.item_types)


def _differences(before: Any, now: Any, path: str) -> list[Change]:
    if isinstance(before, Component) and isinstance(now, Component):
        if (before.name, before.owner) == (now.name, now.owner):
            return _differences(before.arguments, now.arguments, f"{path}.{now.name}")
        if before.name == now.name:
            return [Change(path, f"{before.owner}.{before.name}", f"{now.owner}.{now.name}")]
    elif isinstance(before, dict) and isinstance(now, dict):
        keys = dict.fromkeys((*before, *now))
        return [change for key in keys for change in _differences(_of(before, key), _of(now, key), f"{path}.{key}")]
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [
            change
            for n, pair in enumerate(zip(before, now, strict=True))
            for change in _differences(*pair, f"{path}.{n}")
        ]
    elif _is_same(before, now):
        return []
    return [Change(path, _text(before), _text(now))]


def _of(values: Mapping[Any, Any], key: Any) -> Any:
    return values.get(key, _ABSENT)


def _is_same(before: Any, now: Any) -> bool:
    numbers = [isinstance(value, int | float) and not isinstance(value, bool) for value in (before, now)]
    return bool(before == now) and (all(numbers) or type(before) is type(now))


def _text(value: Any) -> str:
    if value is _ABSENT:
        return "absent"
    return shown(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Component):
        return value.name
    return [_plain(entry) for entry in value] if isinstance(value, list) else value


def description_differences(before: Mapping[str, Any], now: Mapping[str, Any], known_only: bool) -> list[Change]:
    """Return the values that differ between two descriptions of data.

    Args:
        before: the description of the earlier start, from JSON.
        now: the current description, from JSON.
        known_only: whether to ignore keys that are missing in `before`, because an earlier version wrote it.
    """
    old, new = dict(_leaves(before, "")), dict(_leaves(now, ""))
    paths = old if known_only else dict.fromkeys((*old, *new))
    return [
        Change(path, _text(old.get(path, _ABSENT)), _text(new.get(path, _ABSENT)))
        for path in paths
        if not _is_same(old.get(path, _ABSENT), new.get(path, _ABSENT))
    ]


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
        for number, entry in enumerate(value):
            yield from _leaves(entry, f"{path}.{number}")
    else:
        yield path, value
