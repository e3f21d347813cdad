"""What is wrong with the graph of a model, as far as its text tells: names, and outputs that nobody reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest

from kpipe.errors import Mark, Problem
from kpipe.model.blocks import read_blocks
from kpipe.model.source_inputs import source_inputs
from kpipe.model.words import WORDS
from kpipe.nearest import nearest
from kpipe.spec.node import Node, split_component
from kpipe.spec.short_value import short_names
from kpipe.spec.spec import Spec


def wiring_problems(spec: Spec) -> list[Problem]:
    """The problems of names in `model` and in each block, each definition once, and of inputs under `data.prepare`.

    Nothing is reported where it cannot be known yet: a name that an expression gives, an input of a source that does
    not state its names.

    Args:
        spec: a spec that was read.
    """
    found: list[Problem] = []

    @cache
    def data() -> tuple[str, ...] | None:
        return source_inputs(spec, found)

    targets = spec.tree.entries["train"].get("targets")
    found += _Definition(spec.model, (), tuple(targets.entries) if targets is not None else (), data).problems()
    for block in read_blocks(spec.blocks, []).values():
        outputs = [str(node.value) for node in block.outputs]
        found += _Definition(block.layers, block.inputs, outputs, data).problems()
    prepare = spec.tree.entries["data"].get("prepare") or Node({}, spec.model.mark)
    for name in prepare.entries:
        if message := _no_input(name, data()):
            found.append(Problem(prepare.key_mark(name), f"data.prepare.{name}", message, nearest(name, data() or ())))
    return found


def _no_input(name: str, known: Collection[str] | None) -> str | None:
    if known is None or name in known:
        return None
    return f"the data have no input {name!r}; they have: {', '.join(known)}"


@dataclass
class _Definition:
    """The list of the model or of a block, whose items share their names.

    Args:
        items: the list.
        inputs: names of what arrives.
        outputs: names that are read from outside.
        data: gives the names that inputs of the data may have; None where they are not known.
    """

    items: Node
    inputs: Collection[str]
    outputs: Collection[str]
    data: Callable[[], Collection[str] | None]
    found: list[Problem] = field(default_factory=list)
    named: dict[str, Mark] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    unread: list[tuple[str | None, Problem]] = field(default_factory=list)
    is_open: bool = False

    def problems(self) -> list[Problem]:
        for node in self.items.walk():
            inputs = node.get("inputs") if node.is_mapping else None
            self.read |= {name for name, _ in _references(inputs)} if inputs is not None else set()
        self.read |= {_item(name) for name in self.outputs}
        self._list(self.items, within_if=False)
        # An item whose name was misspelt where it is read is not unread.
        meant = {problem.suggestion for problem in self.found}
        return [*self.found, *(problem for name, problem in self.unread if name is None or name not in meant)]

    def _list(self, node: Node | None, within_if: bool) -> None:
        items = node.items if node is not None else []
        if node is not None and node.is_expression:
            self.is_open = True
        for item, following in zip_longest(items, items[1:]):
            parts = split_component(item)
            if item.is_expression or parts is None:
                self.is_open = True  # what it gives may have any name
                continue
            name, arguments = parts
            self._item(name, item, arguments, within_if)
            if following is not None and name != "Input" and not self._is_read(arguments, following):
                message = f"nobody reads the output of {name}; name it and read it with `inputs:`, or remove it"
                problem = Problem(item.key_mark(name), item.path, message, related=item.chain)
                self.unread.append((_name(arguments), problem))

    def _item(self, name: str, item: Node, arguments: Node | None, within_if: bool) -> None:
        if arguments is None or not arguments.is_mapping:
            self.is_open |= arguments is not None and arguments.is_expression
            return
        for reference, node in _references(arguments.get("inputs")):
            self._check(reference, node, of_data=True)
        share = arguments.get("share")
        if share is not None and share.is_text and not share.is_expression:
            self._check(_item(str(share.value)), share, of_data=False)
        for key in WORDS[name].items if name in WORDS else ():
            below = arguments.get(key)
            paths = [*below.entries.values(), *below.items] if name == "Branches" and below is not None else [below]
            for path in paths:
                self._list(path, within_if or name == "If")
        given = arguments.get("name")
        if given is not None and name == "Input":
            self._input(given)
        elif given is not None:
            self._give(given, within_if)

    def _input(self, given: Node) -> None:
        data = self.data() if given.is_text and not given.is_expression else None
        if message := _no_input(str(given.value), data):
            self._add(given, message, nearest(str(given.value), data or ()))

    def _give(self, given: Node, within_if: bool) -> None:
        if given.is_expression or not given.is_text:
            self.is_open = True
            return
        text = str(given.value)
        if text == "previous":
            self._add(given, "'previous' is reserved; choose another")
        elif text in self.named and self.named[text] != given.mark and not within_if:
            line = self.named[text].line
            self._add(given, f"an item at line {line} is named {text!r} already; choose another name")
        self.named.setdefault(text, given.mark)

    def _check(self, name: str, node: Node, of_data: bool) -> None:
        if name in self.named or name in self.inputs or name == "previous" or self.is_open:
            return
        data = self.data() if of_data else ()
        if data is None or name in data:
            return
        known = [*self.inputs, *self.named, *data, "previous"]
        message = f"no item before this one is named {name!r}; named: {short_names(known)}"
        self._add(node, message, nearest(name, known))

    def _is_read(self, arguments: Node | None, following: Node) -> bool:
        """Whether something may read an item: the next one, or one that says its name."""
        given = arguments.get("name") if arguments is not None and arguments.is_mapping else None
        if given is not None and (not given.is_text or given.is_expression or str(given.value) in self.read):
            return True
        parts = split_component(following)
        if parts is None or parts[0] == "Input":
            return parts is None
        inputs = parts[1].get("inputs") if parts[1] is not None and parts[1].is_mapping else None
        if inputs is None:
            return True
        is_known = not any(part.is_expression for part in inputs.walk())
        return not is_known or "previous" in {name for name, _ in _references(inputs)}

    def _add(self, node: Node, message: str, meant: str | None = None) -> None:
        self.found.append(Problem(node.mark, node.path, message, meant, node.chain))


def _name(arguments: Node | None) -> str | None:
    given = arguments.get("name") if arguments is not None and arguments.is_mapping else None
    return str(given.value) if given is not None else None


def _references(inputs: Node | None) -> Iterator[tuple[str, Node]]:
    """The names of items in `inputs`, each with its place."""
    for part in inputs.walk() if inputs is not None else ():
        if part.is_text and not part.is_expression:
            yield _item(str(part.value)), part


def _item(reference: str) -> str:
    """The item of a reference: `encoder` of `encoder.1`."""
    whole, dot, index = reference.rpartition(".")
    return whole if dot and whole and index.isdigit() else reference
