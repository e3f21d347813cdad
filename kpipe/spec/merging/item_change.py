"""Insertion and removal of items at the end of a path: `+`, `+0`, `+head` and `-`."""

from __future__ import annotations

import re
from collections.abc import Callable

from kpipe.errors import SpecError
from kpipe.nearest import listed, nearest
from kpipe.spec.merging.places import place_at
from kpipe.spec.node import Node, kind_of, split_component

#: Returns the error of a path from its message and a suggestion.
Refuse = Callable[[str, str | None], SpecError]

REMOVE = "-"
_CHANGE = re.compile(r"(?:^|\.)(?:-$|\+)")


def changes_items(path: str) -> bool:
    """Return whether a path inserts or removes items, rather than replaces a value.

    Example:
        >>> [changes_items(path) for path in ("a.+", "a.+0", "a.-", "a.-1", "-")]
        [True, True, True, False, True]
    """
    return bool(_CHANGE.search(path))


class ItemChange:
    """Finds, inserts and removes the items of one list, or the keys of one mapping.

    Args:
        node: the list or the mapping.
        where: its path, for messages.
        refuse: returns the error to raise.
    """

    def __init__(self, node: Node, where: str, refuse: Refuse) -> None:
        self.node, self.where, self.refuse = node, where, refuse

    def insert(self, before: str, value: Node) -> None:
        """Insert a value, or each item of a list.

        Args:
            before: index, name or class of the item that follows; empty to append.
            value: the value or the list.

        Raises:
            SpecError: there is no such item, or several.
        """
        items = self.node.items
        index = self._index(before, one_more=1) if before else len(items)
        items[index:index] = value.items if value.is_list else [value]

    def remove(self, value: Node) -> None:
        """Remove an item, or each of a list of them; from a mapping, a key, which then has its default.

        Args:
            value: index, name or class of an item, or a key; or a list of them.

        Raises:
            SpecError: an item or a key does not exist, or is ambiguous.
        """
        names = [self._name(item) for item in value.items] if value.is_list else [self._name(value)]
        if self.node.is_list:
            indices = {self.index(name) for name in names}
            self.node.value = [item for index, item in enumerate(self.node.items) if index not in indices]
            return
        if not self.node.is_mapping:
            raise self.refuse(f"{self.where} is {self.node.plain()!r}; `.-` removes from a list or a mapping", None)
        for name in names:
            self._remove_key(name)

    def index(self, key: str) -> int:
        """Return the index of an item.

        Args:
            key: its index, its name, or its class if only one item has it.

        Raises:
            SpecError: there is no such item, or several.
        """
        return self._index(key)

    def _index(self, key: str, one_more: int = 0) -> int:
        items = self.node.items
        if key.lstrip("-").isdigit():
            index, last = int(key), len(items) - 1 + one_more
            if not -len(items) <= index <= last:
                allowed = f"expected 0 to {last}" if last >= 0 else "the list is empty"
                raise self.refuse(f"index {key} is out of range; {allowed}", None)
            return index if index >= 0 else index + len(items)
        found = [i for i, item in enumerate(items) if _item_name(item) == key]
        found = found or [i for i, item in enumerate(items) if (parts := split_component(item)) and parts[0] == key]
        if len(found) > 1:
            places = ", ".join(map(str, found))
            raise self.refuse(f"{key} appears {len(found)} times, at {places}; write the index", None)
        if not found:
            known = [name for item in items if (name := _item_name(item) or (split_component(item) or [""])[0])]
            if items and place_at(f"{self.where}.0").is_section:
                # Such as stages, which have neither names nor classes.
                known = [f"0 to {len(items) - 1}"]
            message = f"unknown item {key!r}; available: {listed(dict.fromkeys(known)) or 'none'}"
            if key.startswith(REMOVE) and key[1:] in known:
                raise self.refuse(f"{message}; to remove it, set {self.where}.- to {key[1:]}", None)
            raise self.refuse(message, nearest(key, known))
        return found[0]

    def _name(self, value: Node) -> str:
        what = "index, name or class of an item" if self.node.is_list else "key"
        is_name = isinstance(value.value, str | int) and not isinstance(value.value, bool)
        if not is_name or value.is_expression:
            got = "an expression" if value.is_expression else kind_of(value.value)
            message = f"expected the {what} to remove, or a list of them, got {got}"
            class_ = (split_component(value) or [""])[0] if value.is_mapping else ""
            raise self.refuse(f"{message}; write {class_}" if class_ else message, None)
        return str(value.value)

    def _remove_key(self, key: str) -> None:
        if key not in self.node.entries:
            known = list(self.node.entries)
            message = f"{self.where} does not contain {key!r}, so there is nothing to remove; available: "
            raise self.refuse(message + (listed(known) or "none"), nearest(key, known))
        del self.node.entries[key]
        self.node.keys.pop(key, None)


def _item_name(item: Node) -> str | None:
    parts = split_component(item)
    arguments = parts[1] if parts else None
    name = arguments.get("name") if arguments is not None else None
    return name.value if name is not None and isinstance(name.value, str) else None
