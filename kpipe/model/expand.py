"""What is wrong with the values of a model's components, in every block, loop and branch as it will be built.

The model is walked as the builder walks it, but without Keras: blocks are entered, loops run, choices made, and every
expression is evaluated that needs nothing of the data, or nothing but what is known of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kpipe import components
from kpipe.errors import Link, Mark, Problem, SpecError
from kpipe.model.blocks import Block, read_blocks
from kpipe.model.definition_check import FROM_DATA, evaluated_item_problems, item_place, without_common
from kpipe.model.keywords import KEYWORDS as WORDS
from kpipe.model.limits import MAX_DEPTH, MAX_TIMES, ExpansionCount
from kpipe.model.words import round_in_words
from kpipe.spec.expression import ExpressionError, names_in, parse
from kpipe.spec.items import item_problem
from kpipe.spec.node import CLASS_NAME, Node, split_component
from kpipe.spec.scope import Name, Scope, division_hint, evaluated, name_of
from kpipe.spec.short_value import short_value
from kpipe.spec.spec import Spec


def expand_problems(spec: Spec, names: Mapping[str, Name] | None = None) -> list[Problem]:
    """The problems of all values that expressions give in `model` and `blocks`.

    A value that is wrong at several uses is one problem, with the first use and the number of the others.

    Args:
        spec: a spec that was read.
        names: what is known of the data: `classes` and `input_shape`; by default nothing is.
    """
    return _Expansion(spec, names or {}).problems()


@dataclass(frozen=True)
class _Place:
    """Where the walk is: the names that are known there, the blocks that were entered, and how one got there.

    `named` has the items and layers of each item of the block that has a name, for those that share it.
    """

    scope: Scope
    blocks: tuple[str, ...] = ()
    uses: tuple[Link, ...] = ()
    where: str = ""
    named: dict[str, tuple[int, int]] = field(default_factory=dict)


class _Expansion:
    def __init__(self, spec: Spec, names: Mapping[str, Name]) -> None:
        later = {name: Name(None, is_known=False) for name in FROM_DATA if name not in names}
        self.variables = spec.model_scope()
        self.globals = self.variables.extended({**later, **names})
        self.count = ExpansionCount(self.variables.budget)
        self.spec = spec
        self.blocks: dict[str, Block] = read_blocks(spec.blocks, [])
        self.undecided = 0
        self.found: dict[tuple[Mark | None, str], tuple[Problem, set[_Use]]] = {}
        self.constants: dict[int, tuple[Node, bool]] = {}
        self.checked: dict[int, tuple[Node, list[Problem]]] = {}

    def problems(self) -> list[Problem]:
        try:
            self.items(self.spec.model, _Place(self.globals))
        except SpecError as error:  # what ends the walk: a bound that is passed
            self._add(error.problems, _Place(self.globals))
        return [replace(problem, more_uses=len(uses) - 1) for problem, uses in self.found.values()]

    def items(self, node: Node | None, place: _Place) -> None:
        if node is not None and node.is_expression:
            node = self._value(node, place)
        for item in node.items if node is not None else []:
            self._item(item, place)

    def _item(self, node: Node, place: _Place) -> None:
        self.count.item(node, place.uses[:1])
        before = self.count.items, self.count.layers
        if not place.blocks and "," not in place.where:
            place = replace(place, where=".".join(node.path.split(".")[:2]))
        if node.is_expression:
            node = self._value(node, place) or node
            if node.is_expression:
                return None
            self._add(evaluated_item_problems(self.blocks, node, place.scope), place)
        if item_problem(node, "a layer") is not None:
            return None
        name, arguments = split_component(node) or ("", None)
        arguments = self._value(arguments, place, tuple(WORDS[name].item_arguments) if name in WORDS else ())
        entries = arguments.entries if arguments is not None else {}
        if "share" in entries:
            return self._share(node, entries["share"], place)
        if not (arguments is None or arguments.value is None or arguments.is_mapping):
            return None
        if CLASS_NAME.match(name) and name not in WORDS:
            self._layer(name, node, arguments, place)
        elif (name in WORDS or name in self.blocks) and not (self.undecided and self.count.is_deepest):
            with self.count.inside(node):
                if name in WORDS:
                    self._word(name, node, entries, place)
                else:
                    self._block(self.blocks[name], node, entries, place)
        if (given := entries.get("name")) is not None and given.is_text:
            place.named[str(given.value)] = (self.count.items - before[0], self.count.layers - before[1])
        return None

    def _share(self, node: Node, share: Node, place: _Place) -> None:
        """Counts the items and layers that are called again."""
        items, layers = place.named.get(str(share.value), (0, 0))
        self.count.item(node, place.uses[:1], items)
        self.count.layer(node, place.uses[:1], layers)

    def _value(self, node: Node | None, place: _Place, later: tuple[str, ...] = ()) -> Node | None:
        """A value with its expressions evaluated; what cannot be known yet, or is wrong, stays an expression."""
        if node is None or self._is_constant(node):
            return node
        if isinstance(node.value, dict):
            entries = {
                key: entry if key in later else self._value(entry, place) or entry for key, entry in node.value.items()
            }
            return _with_value(node, entries)
        if isinstance(node.value, list):
            return _with_value(node, [self._value(entry, place) or entry for entry in node.value])
        if node.is_expression and not _is_readable(node, place.scope):
            return node
        try:
            return evaluated(node, place.scope)
        except SpecError as error:
            self._add(error.problems, place)
            return node

    def _is_constant(self, node: Node) -> bool:
        """Whether no text below a node begins with `=`; of a definition it is looked up from the second time on."""
        value = node.value
        if isinstance(value, str):
            return not value.startswith("=")
        if not isinstance(value, dict | list):
            return True
        key, is_definition = id(node), not node.chain and node.expression is None
        if key in self.constants:
            return self.constants[key][1]
        entries = value.values() if isinstance(value, dict) else value
        self.count.pay(node, len(value))
        # No `all`: it is known of each part afterwards.
        is_constant = not [entry for entry in entries if not self._is_constant(entry)]
        if is_definition:
            self.constants[key] = (node, is_constant)
        return is_constant

    # -- components and blocks -------------------------------------------------------------------------------------

    def _layer(self, name: str, node: Node, arguments: Node | None, place: _Place) -> None:
        self.count.layer(node, place.uses[:1])
        if id(node) in self.checked:
            return self._add(self.checked[id(node)][1], place)
        is_constant = self._is_constant(node)
        own = without_common(replace(node, value={name: arguments or Node({}, node.mark)}, keys=_keys(node, name)))
        problems: list[Problem] = []
        if not is_constant:
            self.count.pay(node, sum(1 for _ in own.walk()))
        components.check(own, "layer", node.path, problems, item_place())
        if is_constant and not node.chain:
            self.checked[id(node)] = node, problems
        return self._add(problems, place)

    def _block(self, block: Block, node: Node, entries: Mapping[str, Node], place: _Place) -> None:
        blocks = (*place.blocks, block.name)
        if len(blocks) > MAX_DEPTH:
            if self.undecided:
                return
            start = blocks[:-1].index(block.name) if block.name in blocks[:-1] else 0
            message = (
                f"blocks are nested deeper than {MAX_DEPTH}: … {' -> '.join(blocks[start : start + 3])}; "
                "does an `If` end it?"
            )
            raise SpecError([Problem(node.mark, node.path, message)])
        names = {}
        self.count.pay(node, _BLOCK_COST + _PARAMETER_COST * len(block.params))
        for key, default in block.params.items():
            value = entries.get(key)
            if value is None and default is not None:
                value = self._value(default, _Place(self.variables))
            names[key] = name_of(value, place.where, self.count.budget) if value is not None else _LATER
        uses = (Link(node.mark, f"in {block.name}, used", place.where), *place.uses)
        self.items(block.layers, _Place(self.globals.extended(names), blocks, uses, place.where))

    # -- words -----------------------------------------------------------------------------------------------------

    def _word(self, name: str, node: Node, entries: Mapping[str, Node], place: _Place) -> None:
        if name == "Repeat":
            self._repeat(node, entries, place)
        elif name == "If":
            self._if(entries, place)
        elif name == "Branches":
            if "merge" in entries:
                self.count.layer(node, place.uses[:1])
            of, merge = entries.get("of"), entries.get("merge")
            for path in [*of.entries.values(), *of.items] if of is not None else []:
                self.items(path, place)
            merge = self._value(merge, place)
            if merge is not None and not merge.is_expression:
                problems: list[Problem] = []
                components.check(merge, "layer", merge.path, problems)
                self._add(problems, place)
        else:
            if name == "Residual":
                is_certain = "survival" not in entries or entries["survival"].value == 1
                self.count.layer(node, place.uses[:1], 1 if is_certain else 2)
                self._add(WORDS[name].value_problems(entries), place)
            for key in WORDS[name].item_arguments:
                self.items(entries.get(key), place)

    def _repeat(self, node: Node, entries: Mapping[str, Node], place: _Place) -> None:
        index, of = entries.get("index"), entries.get("of")
        label = str(index.value) if index is not None and index.is_text else None
        for position, values in enumerate(self._rounds(node, entries, place)):
            self.count.item(node, place.uses[:1])
            budget = self.count.budget
            names = {key: _LATER if value is None else name_of(value, budget=budget) for key, value in values.items()}
            if label is not None:
                names[label] = Name(position) if position is not None else _LATER
            inner = replace(place, scope=place.scope.extended(names), where=place.where + round_in_words(names, label))
            self.items(of, inner)

    def _rounds(self, node: Node, entries: Mapping[str, Node], place: _Place) -> list[dict[str, Node | None]]:
        times, each = entries.get("times"), entries.get("each")
        if times is not None:
            if times.is_expression:
                return [{}]
            if not isinstance(times.value, int) or isinstance(times.value, bool) or not 0 <= times.value <= MAX_TIMES:
                shown = short_value(times.plain())
                said = f"times is {shown}, not a whole number of 0 to {MAX_TIMES:,}{division_hint(times)}"
                self._add([Problem(times.mark, times.path, said, related=times.chain)], place)
                return [{}]
            return [{}] * times.value
        lists = each.entries if each is not None else {}
        wrong = [(key, entry) for key, entry in lists.items() if not entry.is_list and not entry.is_expression]
        for key, entry in wrong:
            message = f"{key} is {short_value(entry.plain())}, not a list"
            self._add([Problem(entry.mark, entry.path, message, related=entry.chain)], place)
        if wrong or any(entry.is_expression for entry in lists.values()):
            return [dict.fromkeys(lists)]
        lengths = {key: len(entry.items) for key, entry in lists.items()}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{key} has {length}" for key, length in lengths.items())
            message = f"the lists of `each` must be equally long; {said}"
            self._add([Problem((each or node).mark, (each or node).path, message)], place)
            return [dict.fromkeys(lists)]
        return [dict(zip(lists, row, strict=True)) for row in zip(*(e.items for e in lists.values()), strict=True)]

    def _if(self, entries: Mapping[str, Node], place: _Place) -> None:
        when = entries.get("when")
        if when is not None and isinstance(when.value, bool):
            return self.items(entries.get("then" if when.value else "else"), place)
        # One that is written there was reported with the form of the item.
        if when is not None and not when.is_expression and (when.expression or when.chain):
            message = f"when is {short_value(when.plain())}, not true or false; compare: `=n > 1`"
            self._add([Problem(when.mark, when.path, message, related=when.chain)], place)
            return None
        # Both ways are possible, and a block that uses itself is not followed for ever.
        self.undecided += 1
        if self.undecided <= _MAX_UNDECIDED:
            self.items(entries.get("then"), place)
            self.items(entries.get("else"), place)
        self.undecided -= 1
        return None

    # -- problems --------------------------------------------------------------------------------------------------

    def _add(self, problems: list[Problem] | tuple[Problem, ...], place: _Place) -> None:
        for problem in problems:
            key = (problem.mark, problem.path)
            use = place.uses, place.where
            if key not in self.found:
                related = problem.related or place.uses[:1]
                self.found[key] = (replace(problem, related=related), set())
            self.found[key][1].add(use)


_Use = tuple[tuple[Link, ...], str]
#: What a block costs of the budget besides its items: a scope of its own.
_BLOCK_COST = 10
_PARAMETER_COST = 4
_LATER = Name(None, is_known=False)
#: Choices within choices that depend on the data; beyond it a recursion is not followed.
_MAX_UNDECIDED = 3


def _with_value(node: Node, value: list[Node] | dict[str, Node]) -> Node:
    """The same node with another value; `dataclasses.replace` takes a third of the time of a walk."""
    return Node(value, node.mark, node.keys, node.path, node.chain, node.origin, node.expression)


def _is_readable(node: Node, scope: Scope) -> bool:
    """Whether every name of an expression is known; others are reported where the definition is checked."""
    try:
        return all(name in scope for name in names_in(parse(str(node.value)[1:])))
    except ExpressionError:
        return False


def _keys(node: Node, name: str) -> dict[str, Mark]:
    return node.keys or {name: node.mark}
