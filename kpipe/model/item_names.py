"""The names of the items of a definition, their references, and unused outputs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from kpipe.errors import Mark, Problem
from kpipe.model.common_arguments import not_a_name_problem
from kpipe.model.item_rules import (
    reserved_name_problem,
    taken_name_problem,
    unknown_input_problem,
    unknown_item_problem,
    unused_output_problem,
)
from kpipe.model.keywords import KEYWORDS
from kpipe.nearest import nearest
from kpipe.spec.expressions.expression import ExpressionError, names_in, parse
from kpipe.spec.expressions.short_value import short_names
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at


@dataclass
class DefinitionText:
    """The names that occur in a definition, at any depth.

    Args:
        references: names of items in `inputs`.
        variables: names in expressions.
        has_unreadable: whether an expression cannot be parsed.
    """

    references: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    has_unreadable: bool = False

    @classmethod
    def of(cls, definition: Node) -> DefinitionText:
        """Collect the names in a list of items."""
        text = cls()
        for part in definition.walk():
            if part.is_mapping:
                text.references.update(name for name, _ in references(part.get("inputs")))
            elif part.is_expression:
                text._read_expression(str(part.value)[1:])
        return text

    def _read_expression(self, expression: str) -> None:
        try:
            self.variables.update(names_in(parse(expression)))
        except ExpressionError:
            self.has_unreadable = True


def referenced_items(definition: Node) -> set[str]:
    """Return the names of all items that an `inputs` in a definition refers to."""
    return {name for part in definition.walk() if part.is_mapping for name, _ in references(part.get("inputs"))}


def references(inputs: Node | None) -> Iterator[tuple[str, Node]]:
    """Yield the names of the items that `inputs` refers to, each with its place; expressions are skipped."""
    for part in inputs.walk() if inputs is not None else ():
        if part.is_text and not part.is_expression:
            yield item_of(str(part.value)), part


def item_of(reference: str) -> str:
    """Return the name of the item of a reference.

    Example:
        >>> item_of("encoder.1"), item_of("encoder")
        ('encoder', 'encoder')
    """
    whole, dot, index = reference.rpartition(".")
    return whole if dot and whole and index.isdigit() else reference


@dataclass
class ItemNames:
    """The names of the items of the model or of one block; loops and branches share those of their definition.

    Args:
        inputs: names of the input tensors.
        read: names that are read, in the definition or from outside.
        data: returns the possible names of inputs of the dataset; None if they are unknown.
    """

    inputs: Collection[str]
    read: Collection[str]
    data: Callable[[], Collection[str] | None]
    found: list[Problem] = field(default_factory=list)
    #: Whether an item can have any name, because the name is the value of an expression.
    is_open: bool = False
    _named: dict[str, Mark] = field(default_factory=dict)
    _unused: list[tuple[str | None, tuple[Node, Node], Problem]] = field(default_factory=list)
    _unknown: list[tuple[str, Problem]] = field(default_factory=list)
    #: Items with problems, by their ids, and the strings in them.
    _wrong: set[int] = field(default_factory=set)
    _doubtful: set[str] = field(default_factory=set)

    def problems(self) -> list[Problem]:
        """Return all problems of the names; call it after the last item."""
        # An item with a misspelled reference is not unused.
        unknown = [problem for name, problem in self._unknown if name not in self._doubtful]
        meant = {problem.suggestion for problem in (*self.found, *unknown)} | self._doubtful
        unused = (
            problem
            for name, items, problem in self._unused
            if (name is None or name not in meant) and not any(id(item) in self._wrong for item in items)
        )
        return [*self.found, *unknown, *unused]

    @property
    def num_problems(self) -> int:
        """The number of problems found so far, without unused outputs."""
        return len(self.found) + len(self._unknown)

    def distrust(self, item: Node) -> None:
        """Record an item with problems: it may give or read any name in it, and may read the item before it.

        Args:
            item: the item.
        """
        self._wrong.add(id(item))
        self._doubtful.update(_texts(item))

    def check_outputs(self, block: str, outputs: Iterable[Node]) -> None:
        """Check that the outputs of a block are its items; call it after the last item.

        Args:
            block: name of the block.
            outputs: references to the outputs.
        """
        for node in outputs:
            name = item_of(str(node.value))
            if node.is_expression or self._is_known(name, of_data=True):
                continue
            known = sorted({*self.inputs, *self._named})
            message = f"the block {block} has no item {str(node.value)!r}; available: {short_names(known)}"
            self.found.append(problem_at(node, message, nearest(name, known)))

    def refer(self, arguments: Node) -> None:
        """Check the references of an item in `inputs` and `share`.

        Args:
            arguments: arguments of the item.
        """
        for reference, node in references(arguments.get("inputs")):
            self._refer_to(reference, node, of_data=True)
        share = arguments.get("share")
        if share is not None and share.is_text and not share.is_expression:
            self._refer_to(item_of(str(share.value)), share, of_data=False)

    def add(self, arguments: Node, is_input: bool, in_choice: bool) -> None:
        """Add the name of an item.

        Args:
            arguments: arguments of the item.
            is_input: whether `name` is the name of an input of the dataset.
            in_choice: whether the item is in one of several alternative lists, which may use the same names.
        """
        given = arguments.get("name")
        if given is None:
            return
        if is_input:
            self._check_input(given)
        elif given.is_expression or not given.is_text:
            self.is_open = True
        else:
            self._define(given, in_choice)

    def follow(self, name: str, item: Node, arguments: Node | None, following: Node) -> None:
        """Record an item that is followed by another one, if its output is not used.

        Args:
            name: name of the layer, block or keyword.
            item: the item.
            arguments: its arguments.
            following: the item after it.
        """
        if not self._is_used(arguments, following):
            self._unused.append((_name(arguments), (item, following), unused_output_problem(name, item)))

    def _check_input(self, given: Node) -> None:
        if not given.is_text:
            self.found.append(not_a_name_problem(given))
        data = self.data() if given.is_text and not given.is_expression else None
        if data is not None and str(given.value) not in data:
            self.found.append(unknown_input_problem(str(given.value), given, data))

    def _define(self, given: Node, in_choice: bool) -> None:
        text = str(given.value)
        if text == "previous":
            self.found.append(reserved_name_problem(given))
        elif text in self._named and self._named[text] != given.mark and not in_choice:
            self.found.append(taken_name_problem(given, self._named[text]))
        self._named.setdefault(text, given.mark)

    def _refer_to(self, name: str, node: Node, of_data: bool) -> None:
        if name != "previous" and not self._is_known(name, of_data):
            data = (self.data() or ()) if of_data else ()
            known = [*self.inputs, *self._named, *data, "previous"]
            self._unknown.append((name, unknown_item_problem(name, node, known)))

    def _is_known(self, name: str, of_data: bool) -> bool:
        """Whether an item has this name, or can have it."""
        if name in self._named or name in self.inputs or self.is_open:
            return True
        data = self.data() if of_data else ()
        return data is None or name in data

    def _is_used(self, arguments: Node | None, following: Node) -> bool:
        """Whether the next item, or a reference to its name, can read an item."""
        given = arguments.get("name") if arguments is not None and arguments.is_mapping else None
        if given is not None and (not given.is_text or given.is_expression or str(given.value) in self.read):
            return True
        parts = split_component(following)
        if parts is None:
            return True
        if parts[0] in KEYWORDS and not KEYWORDS[parts[0]].reads_previous:
            return False
        inputs = parts[1].get("inputs") if parts[1] is not None and parts[1].is_mapping else None
        if inputs is None or any(part.is_expression for part in inputs.walk()):
            return True
        return "previous" in {name for name, _ in references(inputs)}


def _texts(node: Node) -> Iterator[str]:
    """Yield the strings below a node, as names of items, without those of `inputs` and `share`."""
    if isinstance(node.value, str):
        yield item_of(node.value)
    for key, entry in node.entries.items():
        if key not in ("inputs", "share"):
            yield from _texts(entry)
    for entry in node.items:
        yield from _texts(entry)


def _name(arguments: Node | None) -> str | None:
    given = arguments.get("name") if arguments is not None and arguments.is_mapping else None
    return str(given.value) if given is not None else None
