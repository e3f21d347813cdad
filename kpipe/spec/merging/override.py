"""Replacement of a value of a spec by its path, for `set:` and `--set`.

A path consists of keys, list items (by index, by `name:`, or by class if only one item has it) and arguments. The class
of a component can be omitted: `train.optimizer.learning_rate`, `model.stem.filters`. A path that ends in `.+`, `.+ITEM`
or `.-` inserts or removes items.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from kpipe.errors import Mark, Problem, SpecError
from kpipe.nearest import listed, nearest
from kpipe.spec.full_path import full_path
from kpipe.spec.merging.item_change import REMOVE, ItemChange
from kpipe.spec.merging.merge import class_name
from kpipe.spec.merging.override_text import override_text
from kpipe.spec.merging.places import place_at
from kpipe.spec.merging.section_loss import lost_by_set
from kpipe.spec.node import CLASS_NAME, Node, split_component
from kpipe.spec.sections.misplaced import misplaced
from kpipe.spec.sections.or_component import replace_by_list

#: The part of a path that finds, inserts or removes an item by its index.
_ITEM = re.compile(r"-?\d+$|\+|-$")
_BRACKET = re.compile(r"\[[\"']?(-?\w+)[\"']?\]")

#: Most characters of a path.
MAX_PATH = 1_000

Default = Callable[[str], Node | None]


def assign(root: Node, path: str, value: Node, mark: Mark, default: Default) -> None:
    """Set `value` at `path` below `root`, in place.

    Args:
        root: the whole spec.
        path: the path, such as `train.optimizer.SGD.momentum`. At its end, `.+` appends to a list, `.+ITEM` inserts
            before an item, and `.-` removes an item of a list or a key of a mapping.
        value: the new value, or a list of the items to insert or to remove.
        mark: the place of the path, for messages.
        default: returns the default at a path of keys that the spec omits, or None for an unknown key.

    Raises:
        SpecError: the path does not exist, is ambiguous, or contains a class that the component does not have.
    """
    key = path.partition(".")[0]
    old = root.get(key)
    is_absent = old is None or old.value is None
    try:
        _Assignment(path, value, mark, default).run(root)
    except SpecError:
        if is_absent:
            # A section that only this override adds would have problems that follow from this one.
            _restore(root, key, old)
        raise


def repath(node: Node, path: str = "") -> None:
    """Update the paths of a node and all nodes below it, after values have been moved."""
    node.path = path
    prefix = f"{path}." if path else ""
    for key, entry in node.entries.items():
        repath(entry, prefix + key)
    for index, item in enumerate(node.items):
        repath(item, f"{prefix}{index}")


def _restore(root: Node, key: str, absent: Node | None) -> None:
    """Remove a key that was added; a value that was null is null again."""
    if absent is None:
        root.entries.pop(key, None)
        root.keys.pop(key, None)
    else:
        absent.value = None
        root.entries[key] = absent


class _Assignment:
    """Follows a path from the root, and replaces the value at its end."""

    def __init__(self, path: str, value: Node, mark: Mark, default: Default) -> None:
        self.path, self.value, self.mark, self.default = path, value, mark, default
        self.segments = path.split(".")

    def run(self, root: Node) -> None:
        if len(self.path) > MAX_PATH:
            self.path = f"{self.path[:60]}..."
            raise self._error(f"the path is too long; expected at most {MAX_PATH:,} characters")
        if not all(self.segments):
            raise self._error("the path has an empty part; separate keys by single dots")
        node, position, is_open = root, 0, False
        while True:
            node, is_open = self._without_class(self._item_or_list(node, position), position, is_open)
            used = self._key_length(node, position)
            last = position + used >= len(self.segments)
            if last:
                return self._replace(node, position, is_open)
            child, is_open = self._child(node, position, used, is_open)
            node, position = child, position + used

    def _without_class(self, node: Node, position: int, is_open: bool) -> tuple[Node, bool]:
        """Return the arguments if the path omits the class of a component, else the node; and if any key is valid."""
        segment, self._named_class = self.segments[position], ""
        if node.value is None:
            node.value = {}
        name = self._class_of(node, position)
        if name is None:
            return node, is_open
        if node.is_text:
            node.value = {name: Node({}, node.mark)}
            node.keys = {name: node.mark}
        if self._has_class(name, position):
            self._named_class = name
            return node, True
        if CLASS_NAME.match(segment) and not (node.entries[name].get(segment)):
            parent = ".".join(self.segments[:position])
            if self.segments[0] == "model":
                raise self._error(f"expected {name} at {parent}, got {segment}; arguments are below {parent}.{name}")
            remedy = override_text(parent, Node({segment: Node({}, self.mark)}, self.mark), self.mark)
            raise self._error(f"expected {name} at {parent}, got {segment}; replace it first: {remedy}")
        arguments = node.entries[name]
        if arguments.value is None:
            arguments.value = {}
        return arguments, True

    def _item_or_list(self, node: Node, position: int) -> Node:
        """Return the node in which the next part of a path is found, where a component can stand for a list of it.

        An index replaces the component by the list, and the name of an argument leads to the only component of a list.
        """
        if not position or not place_at(".".join(self.segments[:position])).may_be_item:
            return node
        segment = self.segments[position]
        if _ITEM.match(segment):
            replace_by_list(node)
        elif len(node.items) == 1 and class_name(node.items[0]) is not None and not CLASS_NAME.match(segment):
            return node.items[0]
        return node

    def _class_of(self, node: Node, position: int) -> str | None:
        """Return the class of a component; None for other values, such as sections."""
        place = place_at(".".join(self.segments[:position])) if position else None
        name = class_name(node)
        if place is not None and place.is_section:
            return name if place.may_be_component else None
        in_list = position > 0 and getattr(self, "_in_list", False)
        if name is None and in_list:
            parts = split_component(node)
            name = parts[0] if parts else None
        return name

    def _has_class(self, name: str, position: int) -> bool:
        """Return whether the path has a class at this position; a qualified name consists of several parts."""
        length = name.count(".") + 1
        return ".".join(self.segments[position : position + length]) == name

    def _key_length(self, node: Node, position: int) -> int:
        """Return the number of parts of the next key: names such as `keras.EarlyStopping` contain dots."""
        if position and place_at(".".join(self.segments[:position])).has_path_keys:
            return self._path_length(node, position)
        if node.is_mapping:
            for length in range(1, len(self.segments) - position + 1):
                if ".".join(self.segments[position : position + length]) in node.entries:
                    return length
        if node.is_list and self.segments[position].startswith("+"):
            return len(self.segments) - position
        if node.is_list:
            lengths = range(2, len(self.segments) - position + 1)
            joined = {".".join(self.segments[position : position + length]): length for length in lengths}
            classes = {name: length for name, length in joined.items() if CLASS_NAME.match(name)}
            names = (parts[0] for item in node.items if (parts := split_component(item))) if classes else ()
            return min((classes[name] for name in names if name in classes), default=1)
        return 1

    def _path_length(self, node: Node, position: int) -> int:
        """Return the number of parts of the next key, which is a path: an existing one, or all the remaining parts."""
        remaining = len(self.segments) - position
        lengths = range(remaining, 0, -1)
        keys = (".".join(self.segments[position : position + length]) for length in lengths)
        return next((length for length, key in zip(lengths, keys, strict=True) if key in node.entries), remaining)

    def _child(self, node: Node, position: int, used: int, is_open: bool) -> tuple[Node, bool]:
        """Return the entry or item of the next key, which is added if it is allowed; and whether it allows any key."""
        key = ".".join(self.segments[position : position + used])
        self._in_list = node.is_list
        if node.is_list:
            return node.items[self._items(node, position).index(key)], is_open
        if not node.is_mapping:
            raise self._error(f"{self._parent(position)} is {node.plain()!r}, which has no keys")
        path = ".".join(self.segments[: position + used])
        if key not in node.entries:
            added = self.default(path) or (Node({}, self.mark) if is_open else None)
            if added is None:
                raise self._unknown(node, key, position)
            added.mark = self.mark
            if place_at(path).is_section:
                # Its defaults follow later, so that a required key that is missing is reported as such.
                added = Node({}, self.mark)
            self._insert(node, key, added)
        return node.entries[key], is_open or self.default(f"{path}.*") is not None

    def _replace(self, node: Node, position: int, is_open: bool) -> None:
        key = ".".join(self.segments[position:])
        if key == REMOVE:
            return self._items(node, position).remove(self.value)
        if node.is_list and key.startswith("+"):
            return self._items(node, position).insert(key[1:], self.value)
        if node.is_list:
            node.items[self._items(node, position).index(key)] = self.value
            return None
        if key == "+":
            raise self._error(f"{self._parent(position)} is not a list; `.+` appends to a list")
        if not node.is_mapping:
            raise self._error(f"{self._parent(position)} is {node.plain()!r}, which has no keys")
        if key not in node.entries and not is_open and self.default(self.path) is None:
            raise self._unknown(node, key, position)
        old, is_arguments = node.get(key), key == self._named_class
        if old is not None and (lost := lost_by_set(old, self.value, self.path, self.mark, is_arguments)):
            raise SpecError([lost])
        return self._insert(node, key, self.value)

    def _items(self, node: Node, position: int) -> ItemChange:
        return ItemChange(node, self._parent(position), self._error)

    def _insert(self, node: Node, key: str, value: Node) -> None:
        node.entries[key] = value
        node.keys[key] = self.mark

    def _parent(self, position: int) -> str:
        return ".".join(self.segments[:position]) or "the spec"

    def _unknown(self, node: Node, key: str, position: int) -> SpecError:
        known = list(node.entries)
        base = f"{'.'.join(self.segments[:position])}." if position else ""
        known += [name for name in self._default_keys(base) if name not in known]
        message, available = f"unknown key {key!r} in {self._parent(position)}", f"available: {listed(known) or 'none'}"
        if remedy := self._other_syntax(key):
            return self._error(f"{message}; {available}; {remedy}")
        meant = full_path(self.path) or nearest(key, known)
        elsewhere = None if meant else misplaced(key, self.path)
        return self._error(f"{message}; {elsewhere or available}", meant)

    def _other_syntax(self, key: str) -> str | None:
        """Return the remedy for a path in the syntax of another program, such as `train.callbacks+=X`."""
        if key.endswith(("+", "-")) and self.path.endswith(key):
            path = full_path(self.path[:-1]) or self.path[:-1]
            what = "append to a list" if key.endswith("+") else "remove an item"
            return f"to {what}, write {override_text(f'{path}.{key[-1]}', self.value, self.mark)}"
        if dotted := _dotted(self.path):
            return f"separate keys and indices by dots; write {override_text(dotted, self.value, self.mark)}"
        if key.startswith("~"):
            above, _, last = self.path.removeprefix("~").rpartition(".")
            call = override_text(f"{above}.-".lstrip("."), Node(last, self.mark), self.mark)
            return f"to remove a key or an item, write {call}"
        is_added = self.path.startswith("+")
        return f"write {override_text(self.path.lstrip('+'), self.value, self.mark)}" if is_added else None

    def _default_keys(self, base: str) -> list[str]:
        section = self.default(base.rstrip("."))
        return list(section.entries) if section is not None else []

    def _error(self, message: str, suggestion: str | None = None) -> SpecError:
        return SpecError([Problem(self.mark, self.path, message, suggestion)])


def _dotted(path: str) -> str | None:
    """Return a path such as `model[0].filters` or `train/epochs` with dots; None if it has only dots."""
    dotted = _BRACKET.sub(r".\1", path).replace("/", ".").replace(":", ".")
    return dotted if dotted != path else None
