"""The items of a model with variables, loops and blocks written out, for comparison without data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kpipe.model.blocks import Block, read_blocks
from kpipe.model.common_arguments import COMMON
from kpipe.model.definition_check import FROM_DATA, LATER
from kpipe.model.keywords import KEYWORDS
from kpipe.model.keywords.keyword import Form, Keyword
from kpipe.spec.expressions.expression import names_in, names_in_values, parse
from kpipe.spec.expressions.scope import Name, Scope, evaluated, name_of
from kpipe.spec.node import Node, split_component
from kpipe.spec.spec import Spec

#: Names whose value inside a block is that of the block.
_OF_BLOCK = {"channels", "input_shape"}


class FlatItems:
    """The items of a model, with everything written out that is known without data.

    Expressions are replaced by their values, and loops, choices and blocks by their items, unless other items refer to
    them by name or they depend on the data. An expression that depends on the data remains, with the values of its
    other names. Blocks that remain are listed in `blocks`.

    Args:
        spec: a checked spec.

    Example:
        >>> from kpipe.spec.reader import read
        >>> spec = {"data": {"source": "Digits"}, "name": "a", "model": [{"Repeat": {"times": 2, "of": ["ReLU"]}}]}
        >>> [item.plain() for item in FlatItems(read(spec)).items]
        ['ReLU', 'ReLU']
    """

    def __init__(self, spec: Spec) -> None:
        self._definitions = read_blocks(spec.blocks, [])
        self._variables = spec.model_scope().extended(dict.fromkeys(FROM_DATA, LATER))
        #: The definitions of the blocks that remain, by name; None until they are written out.
        self._kept: dict[str, Node | None] = {}
        self._undecided = 0
        self.items = self._list(spec.model, self._variables)
        self.blocks = self._written_blocks()

    def _written_blocks(self) -> dict[str, Node]:
        """Return the remaining blocks; writing out one of them can add others."""
        self._undecided = 1
        while names := [name for name, node in self._kept.items() if node is None]:
            for name in names:
                self._kept[name] = self._definition(self._definitions[name])
        return {name: node for name, node in self._kept.items() if node is not None}

    def _definition(self, block: Block) -> Node:
        scope = self._variables.extended(dict.fromkeys(block.params, LATER))
        params = {
            key: Node("required", block.mark) if node is None else self._value(node, self._variables)
            for key, node in block.params.items()
        }
        inputs = [Node(name, block.mark) for name in block.inputs]
        parts = {"params": Node(params, block.mark), "inputs": Node(inputs, block.mark)}
        layers = Node(self._list(block.layers, scope), block.mark)
        return Node({**parts, "outputs": Node(list(block.outputs), block.mark), "layers": layers}, block.mark)

    def _list(self, node: Node, scope: Scope) -> list[Node]:
        node = self._value(node, scope) if node.is_expression else node
        if not node.is_list:
            return [node]
        return [flat for item in node.items for flat in self._item(item, scope)]

    def _item(self, node: Node, scope: Scope) -> list[Node]:
        node = self._value(node, scope) if node.is_expression else node
        name, arguments = split_component(node) or ("", None)
        entries = dict(arguments.entries) if arguments is not None else {}
        if name in self._definitions:
            return self._block(self._definitions[name], node, entries, scope)
        if name in KEYWORDS:
            return self._keyword(KEYWORDS[name], node, entries, scope)
        return [self._value(node, scope)]

    def _block(self, block: Block, node: Node, entries: Mapping[str, Node], scope: Scope) -> list[Node]:
        values = {key: self._value(entry, scope) for key, entry in entries.items()}
        defaults = {key: entry for key, entry in block.params.items() if entry is not None and key not in values}
        values |= {key: self._value(entry, self._variables) for key, entry in defaults.items()}
        if self._undecided or not _can_be_written_out(block, values):
            self._kept.setdefault(block.name, None)
            return [_with_arguments(node, block.name, values)]
        own = {key: name_of(value) for key, value in values.items() if key in block.params}
        return self._list(block.layers, self._variables.extended(own))

    def _keyword(self, keyword: Keyword, node: Node, entries: Mapping[str, Node], scope: Scope) -> list[Node]:
        values = {
            key: entry if key in keyword.item_arguments else self._value(entry, scope) for key, entry in entries.items()
        }
        if not COMMON.keys() & values.keys():
            if keyword.is_choice and isinstance(values["when"].value, bool):
                chosen = values.get("then" if values["when"].value else "else")
                return self._list(chosen, scope) if chosen is not None else []
            if keyword.name == "Repeat" and (rounds := _rounds(values)) is not None:
                return [item for names in rounds for item in self._list(values["of"], scope.extended(names))]
        names = (introduced.name for introduced in keyword.introduced_names(values))
        inner = scope.extended(dict.fromkeys(names, LATER))
        is_undecided = keyword.is_choice or keyword.name == "Repeat"
        self._undecided += is_undecided
        for key in keyword.item_arguments:
            if key in values:
                values[key] = self._lists(values[key], keyword.arguments[key].form, inner)
        self._undecided -= is_undecided
        return [_with_arguments(node, keyword.name, values)]

    def _lists(self, node: Node, form: Form, scope: Scope) -> Node:
        node = self._value(node, scope) if node.is_expression else node
        if form is Form.ITEMS:
            return replace(node, value=self._list(node, scope))
        if node.is_mapping:
            paths = {key: replace(entry, value=self._list(entry, scope)) for key, entry in node.entries.items()}
            return replace(node, value=paths)
        return replace(node, value=[replace(entry, value=self._list(entry, scope)) for entry in node.items])

    def _value(self, node: Node, scope: Scope) -> Node:
        """Return an evaluated value; expressions that remain list the values of the names that they use."""
        return _pinned(evaluated(node, scope), scope)


def _can_be_written_out(block: Block, values: Mapping[str, Node]) -> bool:
    """Return whether the items of a block mean the same at the place where it is used."""
    is_known = all(not part.is_expression for value in values.values() for part in value.walk())
    has_own_names = block.inputs or block.outputs or COMMON.keys() & values.keys()
    return is_known and not has_own_names and not _OF_BLOCK & names_in_values(block.layers.plain())


def _rounds(values: Mapping[str, Node]) -> list[dict[str, Name]] | None:
    """Return the names of each round of a loop; None if they depend on the data."""
    times, each, index = values.get("times"), values.get("each"), values.get("index")
    if times is not None:
        if not isinstance(times.value, int):
            return None
        rounds: list[dict[str, Name]] = [{} for _ in range(times.value)]
    else:
        lists = each.entries if each is not None else {}
        if any(part.is_expression for entry in lists.values() for part in entry.walk()):
            return None
        rows = zip(*(entry.items for entry in lists.values()), strict=True)
        rounds = [{key: name_of(value) for key, value in zip(lists, row, strict=True)} for row in rows]
    label = str(index.value) if index is not None else None
    return [{**names, label: Name(number)} if label else names for number, names in enumerate(rounds)]


def _pinned(node: Node, scope: Scope) -> Node:
    if isinstance(node.value, dict):
        return replace(node, value={key: _pinned(entry, scope) for key, entry in node.value.items()})
    if isinstance(node.value, list):
        return replace(node, value=[_pinned(item, scope) for item in node.value])
    if not node.is_expression or "\n" in str(node.value):
        return node
    return replace(node, value="".join((str(node.value), *_known_names(str(node.value)[1:], scope))))


def _known_names(text: str, scope: Scope) -> Iterator[str]:
    """Yield the known values of the names of an expression, each in a line of a comment."""
    for name in names_in(parse(text)):
        if name in scope and scope.about(name).is_known:
            yield f"\n# {name} = {scope[name]!r}"


def _with_arguments(node: Node, name: str, values: Mapping[str, Node]) -> Node:
    return replace(node, value={name: Node(dict(values), node.mark, path=f"{node.path}.{name}")})
