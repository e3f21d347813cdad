"""The differences between values of a spec, item by item."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from kpipe.report.aligned_items import aligned_items
from kpipe.report.spec_item import SpecItem
from kpipe.report.written_value import written_value
from kpipe.train.resume.change import Change
from kpipe.train.resume.component_value import Component
from kpipe.train.resume.value_differences import ABSENT


def item_differences(before: Any, now: Any, path: str) -> list[Change]:
    """Return the parts of two values that differ; in lists, items that were inserted or removed are single changes.

    Args:
        before: the first value: a scalar, a `Component`, a `SpecItem`, or lists and mappings of them.
        now: the second value.
        path: the dotted path of both.

    Example:
        >>> relu, flatten = Component("ReLU", "keras", {}), Component("Flatten", "keras", {})
        >>> [str(change) for change in item_differences([relu, flatten], [flatten], "model")]
        ['model.0: ReLU -> absent']
    """
    if isinstance(before, Component) and isinstance(now, Component) and _class_of(before) == _class_of(now):
        return item_differences(before.arguments, now.arguments, f"{path}.{now.name}")
    if isinstance(before, dict) and isinstance(now, dict):
        keys = dict.fromkeys((*before, *now))
        triples = ((before.get(key, ABSENT), now.get(key, ABSENT), f"{path}.{key}".lstrip(".")) for key in keys)
        return [change for triple in triples for change in item_differences(*triple)]
    if isinstance(before, list) and isinstance(now, list) and not _are_plain(before, now):
        return _of_lists(_items(before, path), _items(now, path))
    if _key(before) == _key(now):
        return []
    return [Change(path, written_value(before), written_value(now))]


def _of_lists(before: list[SpecItem], now: list[SpecItem]) -> list[Change]:
    found = []
    pairs = zip(range(len(now)), range(len(now)), strict=True) if _are_same_loops(before, now) else None
    for first, second in pairs or aligned_items(before, now, _key, _class_of):
        if first is None or second is None:
            item = before[first] if first is not None else now[second or 0]
            texts = written_value(item), "absent"
            found.append(Change(item.path, *(texts if second is None else reversed(texts))))
        else:
            found += item_differences(before[first].value, now[second].value, now[second].path)
    return found


def _are_same_loops(before: list[SpecItem], now: list[SpecItem]) -> bool:
    """Return whether lists have the same places, some of them repeatedly, as in loops and uses of blocks."""
    places = [[(item.path, _class_of(item)) for item in items] for items in (before, now)]
    return places[0] == places[1] and len(set(places[0])) < len(now)


def _items(values: list[Any], path: str) -> list[SpecItem]:
    return [
        value if isinstance(value, SpecItem) else SpecItem(f"{path}.{index}", value)
        for index, value in enumerate(values)
    ]


def _are_plain(*lists: list[Any]) -> bool:
    """Return whether lists contain only numbers and strings, such as a size, which are compared as a whole."""
    return not any(isinstance(item, Component | SpecItem | dict | list) for items in lists for item in items)


def _class_of(value: Any) -> Hashable:
    if isinstance(value, SpecItem):
        return _class_of(value.value)
    if isinstance(value, Component):
        return value.name, value.owner
    return next(iter(value), "") if isinstance(value, dict) else ""


def _key(value: Any) -> Hashable:
    """Return the same value for values of the same meaning."""
    if isinstance(value, SpecItem):
        return _key(value.value)
    if isinstance(value, Component):
        return _class_of(value), _key(value.arguments)
    if isinstance(value, dict):
        return frozenset((key, _key(entry)) for key, entry in value.items())
    if isinstance(value, list):
        return tuple(_key(entry) for entry in value)
    return (str(value), "bool") if isinstance(value, bool) else value
