"""What is wrong with the values of a model's components, in every block, loop and branch as it will be built.

The model is walked as the builder walks it, but without Keras: blocks are entered, loops run, choices made, and every
expression is evaluated that needs nothing of the data, or nothing but what is known of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kpipe import components
from kpipe.errors import Link, Mark, Problem, SpecError
from kpipe.model.blocks import Block, read_blocks
from kpipe.model.check import FROM_DATA, ITEM, check_items, without_common
from kpipe.model.limits import MAX_DEPTH, MAX_ITEMS, MAX_LAYERS, MAX_TIMES
from kpipe.model.words import WORDS, round_in_words, survival_problems
from kpipe.spec.expression import ExpressionError, names_in, parse
from kpipe.spec.items import item_problem
from kpipe.spec.node import CLASS_NAME, Node, split_component
from kpipe.spec.scope import Name, Scope, division_hint, evaluated, name_of
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
    """Where the walk is: the names that are known there, the blocks that were entered, and how one got there."""

    scope: Scope
    blocks: tuple[str, ...] = ()
    uses: tuple[Link, ...] = ()
    where: str = ""


class _Expansion:
    def __init__(self, spec: Spec, names: Mapping[str, Name]) -> None:
        later = {name: Name(None, is_known=False) for name in FROM_DATA if name not in names}
        self.globals = spec.scope.extended({**later, **names})
        self.spec = spec
        self.blocks: dict[str, Block] = read_blocks(spec.blocks, [])
        self.count = self.layers = 0
        self.undecided = 0
        self.found: dict[tuple[Mark | None, str], tuple[Problem, set[str]]] = {}

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
        self._step(node, place)
        if not place.blocks and "," not in place.where:
            place = replace(place, where=".".join(node.path.split(".")[:2]))
        if node.is_expression:
            node = self._value(node, place) or node
            if node.is_expression:
                return
            problems: list[Problem] = []
            check_items(self.blocks, Node([node], node.mark), set(place.scope), problems)
            self._add(problems, place)
        if item_problem(node, "a layer") is not None:
            return
        name, arguments = split_component(node) or ("", None)
        arguments = self._value(arguments, place, WORDS[name].items if name in WORDS else ())
        entries = arguments.entries if arguments is not None else {}
        if "share" in entries or not (arguments is None or arguments.value is None or arguments.is_mapping):
            return
        if name in WORDS:
            self._word(name, node, entries, place)
        elif CLASS_NAME.match(name):
            self._layer(name, node, arguments, place)
        elif name in self.blocks:
            self._block(self.blocks[name], node, entries, place)

    def _step(self, node: Node, place: _Place) -> None:
        self.count += 1
        if self.count > MAX_ITEMS:
            message = f"more than {MAX_ITEMS:,} items; is a `times` too large?"
            raise SpecError([Problem(node.mark, node.path, message, related=place.uses[:1])])

    def _value(self, node: Node | None, place: _Place, later: tuple[str, ...] = ()) -> Node | None:
        """A value with its expressions evaluated; what cannot be known yet, or is wrong, stays an expression."""
        if node is None:
            return None
        if later and node.is_mapping:
            now = replace(node, value={key: entry for key, entry in node.entries.items() if key not in later})
            ready = self._value(now, place) or now
            return replace(node, value={key: ready.entries.get(key, entry) for key, entry in node.entries.items()})
        if node.is_mapping:
            return replace(node, value={key: self._value(entry, place) or entry for key, entry in node.entries.items()})
        if node.is_list:
            return replace(node, value=[self._value(entry, place) or entry for entry in node.items])
        if node.is_expression and not _is_readable(node, place.scope):
            return node
        try:
            return evaluated(node, place.scope)
        except SpecError as error:
            self._add(error.problems, place)
            return node

    # -- components and blocks -------------------------------------------------------------------------------------

    def _layer(self, name: str, node: Node, arguments: Node | None, place: _Place) -> None:
        self.layers += 1
        if self.layers > MAX_LAYERS:
            raise SpecError([Problem(node.mark, node.path, f"more than {MAX_LAYERS:,} layers", related=place.uses[:1])])
        own = without_common(replace(node, value={name: arguments or Node({}, node.mark)}, keys=_keys(node, name)))
        problems: list[Problem] = []
        components.check(own, "layer", node.path, problems, ITEM)
        self._add(problems, place)

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
        for key, default in block.params.items():
            value = entries.get(key)
            if value is None and default is not None:
                value = self._value(default, _Place(self.spec.scope))
            names[key] = name_of(value, place.where) if value is not None else Name(None, is_known=False)
        uses = (Link(node.mark, f"in {block.name}, used", place.where), *place.uses)
        self.items(block.layers, _Place(self.globals.extended(names), blocks, uses, place.where))

    # -- words -----------------------------------------------------------------------------------------------------

    def _word(self, name: str, node: Node, entries: Mapping[str, Node], place: _Place) -> None:
        if name == "Repeat":
            self._repeat(node, entries, place)
        elif name == "If":
            self._if(entries, place)
        elif name == "Branches":
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
                wrong = [entry for entry in survival_problems(entries) if entry[0].chain or entry[0].expression]
                self._add([Problem(n.mark, n.path, text, related=n.chain) for n, text in wrong], place)
            for key in WORDS[name].lists:
                self.items(entries.get(key), place)

    def _repeat(self, node: Node, entries: Mapping[str, Node], place: _Place) -> None:
        index, of = entries.get("index"), entries.get("of")
        label = str(index.value) if index is not None and index.is_text else None
        for position, values in enumerate(self._rounds(node, entries, place)):
            self._step(node, place)
            names = {key: name_of(value) if value is not None else _LATER for key, value in values.items()}
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
                said = f"times is {times.plain()!r}, not a whole number of 0 to {MAX_TIMES:,}{division_hint(times)}"
                self._add([Problem(times.mark, times.path, said, related=times.chain)], place)
                return [{}]
            return [{}] * times.value
        lists = each.entries if each is not None else {}
        wrong = [(key, entry) for key, entry in lists.items() if not entry.is_list and not entry.is_expression]
        for key, entry in wrong:
            message = f"{key} is {entry.plain()!r}, not a list"
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
            message = f"when is {when.plain()!r}, not true or false; compare: `=n > 1`"
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
            use = f"{place.uses}{place.where}"
            if key not in self.found:
                related = problem.related or place.uses[:1]
                self.found[key] = (replace(problem, related=related), set())
            self.found[key][1].add(use)


_LATER = Name(None, is_known=False)
#: Choices within choices that depend on the data; beyond it a recursion is not followed.
_MAX_UNDECIDED = 3


def _is_readable(node: Node, scope: Scope) -> bool:
    """Whether every name of an expression is known; others are reported where the definition is checked."""
    try:
        return all(name in scope for name in names_in(parse(str(node.value)[1:])))
    except ExpressionError:
        return False


def _keys(node: Node, name: str) -> dict[str, Mark]:
    return node.keys or {name: node.mark}
