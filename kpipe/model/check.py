"""What can be known to be wrong with `model` and `blocks` before any data is read and any layer is built."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe import components
from kpipe.errors import Problem
from kpipe.model.blocks import Block, read_blocks
from kpipe.model.common_arguments import common_problems
from kpipe.model.words import COMMON, WORDS, survival_problems
from kpipe.nearest import listed, nearest
from kpipe.spec.expression import ExpressionError, names_in, parse
from kpipe.spec.items import item_problem
from kpipe.spec.node import CLASS_NAME, Node, kind_of, split_component
from kpipe.spec.reader import name_fault
from kpipe.spec.scope import Name, Scope, expression_problem
from kpipe.spec.short_value import short_names, short_value
from kpipe.spec.spec import Spec

#: A name whose value is of no interest to the check of a definition.
_LATER = Name(None, is_known=False)

FROM_DATA = ("classes", "input_shape", "channels")

#: What may stand where a layer does, and what every item may have.
ITEM = components.Place(tuple(WORDS), ("inputs", "share"))


def check_model(spec: Spec) -> list[Problem]:
    """The problems of `model` and `blocks` that need neither data nor shapes: forms, names, arguments, expressions.

    Args:
        spec: a spec that was read.

    Returns:
        The problems in no particular order; each definition is looked at once, however often it is used.
    """
    problems: list[Problem] = []
    blocks = read_blocks(spec.blocks, problems)
    targets = spec.tree.entries["train"].get("targets")
    checker = _Checker(blocks, problems, set(targets.entries) if targets is not None else set())
    known = spec.scope.extended(dict.fromkeys(FROM_DATA, _LATER))
    for block in blocks.values():
        for default in block.params.values():
            if default is not None:
                checker.expressions(default, spec.scope)
        checker.items(block.layers, known.extended(dict.fromkeys(block.params, _LATER)))
        problems += [*_unknown_outputs(block), *_unread_parameters(block)]
    checker.items(spec.model, known)
    return problems


def _unknown_outputs(block: Block) -> Iterator[Problem]:
    """Outputs of a block that no item in it bears as its name."""
    known = set(block.inputs)
    for part in block.layers.walk():
        name = part.get("name") if part.is_mapping else None
        if part.is_expression or (name is not None and name.is_expression):
            return  # what it gives may have any name
        if name is not None:
            known.add(str(name.value))
    for node in block.outputs:
        text = str(node.value)
        whole, _, index = text.rpartition(".")
        if text not in known and not (index.isdigit() and whole in known) and not node.is_expression:
            message = f"no item of the block {block.name} is named {text!r}; named: {short_names(sorted(known))}"
            yield Problem(node.mark, node.path, message, nearest(text, known), node.chain)


def _unread_parameters(block: Block) -> Iterator[Problem]:
    """Parameters that nothing in the block reads: what a use gives them would have no effect."""
    read: set[str] = set()
    for part in block.layers.walk():
        if part.is_expression:
            try:
                read |= set(names_in(parse(str(part.value)[1:])))
            except ExpressionError:
                return  # it may have meant any of them
    for name, mark in block.places.items():
        if name not in read and not name_fault(name):
            yield Problem(
                mark, f"blocks.{block.name}.params", f"nothing in the block reads {name}", nearest(name, read)
            )


def check_items(blocks: dict[str, Block], node: Node, known: Scope, problems: list[Problem]) -> None:
    """Appends the problems of a list of items, such as one that an expression gave.

    Args:
        blocks: the definitions.
        node: the list.
        known: the names that its expressions may use.
        problems: where they are appended.
    """
    _Checker(blocks, problems, set()).items(node, known)


class _Checker:
    def __init__(self, blocks: dict[str, Block], problems: list[Problem], targets: set[str]) -> None:
        self.blocks, self.problems, self.targets = blocks, problems, targets

    def items(self, node: Node | None, known: Scope) -> None:
        if node is None:
            return None
        if not node.is_list:
            if node.is_expression:
                return self.expressions(node, known)
            return self._add(node, f"{kind_of(node.value)} where a list of items is expected")
        for item in node.items:
            self._item(item, known)
        return None

    def expressions(self, node: Node, known: Scope) -> None:
        """Every expression below a node: its form, and that its names are known."""
        for part in node.walk():
            if not part.is_expression:
                continue
            try:
                missing = [name for name in names_in(parse(str(part.value)[1:])) if name not in known]
            except ExpressionError as error:
                self.problems.append(expression_problem(part, error, known))
                continue
            for name in missing:
                message = f"no name {name!r} is known here; known: {_names(known)}"
                unknown = ExpressionError(message, unknown=name)
                self.problems.append(expression_problem(part, unknown, known))

    def _item(self, node: Node, known: Scope) -> None:
        if node.is_expression:
            return self.expressions(node, known)
        problem = item_problem(node, "a layer")
        if problem is not None:
            self.problems.append(problem)
            return None
        parts = split_component(node)
        if parts is None:
            return None
        name, arguments = parts
        if name == "share":
            message = "`share` is an argument: write `Dense: {share: name, inputs: other}`"
            self.problems.append(Problem(node.key_mark(name), node.path, message))
            return None
        is_block = name not in WORDS and not CLASS_NAME.match(name)
        if is_block and name not in self.blocks:
            self.problems.append(Problem(node.key_mark(name), node.path, *self._no_block(name)))
            return None
        if arguments is not None and arguments.value is not None and not arguments.is_mapping:
            if arguments.is_expression:
                return self.expressions(arguments, known)
            shown = f"{name}: {{…}}"
            return self._add(arguments, f"{kind_of(arguments.value)} where the arguments are expected: `{shown}`")
        if name in WORDS:
            return self._word(name, node, arguments, known)
        if arguments is not None:
            self.expressions(arguments, known)
            self.problems += common_problems(arguments, self.targets, bool(CLASS_NAME.match(name)))
        if CLASS_NAME.match(name):
            return self._layer(name, node, arguments)
        return self._block(name, node, arguments)

    def _word(self, name: str, node: Node, arguments: Node | None, known: Scope) -> None:
        word = WORDS[name]
        entries = arguments.entries if arguments is not None else {}
        holder = arguments or node
        self._unknown_arguments(name, holder, [*word.arguments, *COMMON])
        meant = {nearest(key, word.arguments) for key in entries if key not in word.arguments}
        for required in word.required:
            if required not in entries and required not in meant:
                self._add(node, f"{name} needs `{required}`")
        inner = known
        if name == "Repeat":
            inner = known.extended(dict.fromkeys(self._repeat_names(node, entries, known), _LATER))
        for key, entry in entries.items():
            if key in word.lists:
                self.items(entry, inner)
            elif name == "Branches" and key == "of":
                for path in [*entry.entries.values(), *entry.items]:
                    self.items(path, inner)
            elif not (name == "Branches" and key == "merge"):
                self.expressions(entry, known)
        if name == "Residual" and "shortcut" in entries and "projection" in entries:
            self._add(
                entries["projection"], "with `shortcut`, which is used always, `projection` is never; leave one out"
            )
        if name == "If" and "when" in entries:
            self._condition(entries["when"])
        if name == "Residual":
            for argument, problem in survival_problems(entries):
                self._add(argument, problem)
        if name != "Input":
            self.problems += common_problems(holder, self.targets)
        if "merge" in entries:
            self._component(entries["merge"])

    def _repeat_names(self, node: Node, entries: dict[str, Node], known: Scope) -> set[str]:
        names: set[str] = set()
        other = [key for key in entries if key not in WORDS["Repeat"].arguments]
        misspelt = {nearest(key, WORDS["Repeat"].arguments) for key in other} & {"times", "each"} - set(entries)
        if ("times" in entries) == ("each" in entries) and not misspelt:
            self._add(node, "Repeat needs either `times` or `each`, and not both")
        each, index = entries.get("each"), entries.get("index")
        if each is not None and not each.is_mapping:
            self._add(each, "`each` is a mapping from a name to a list: `each: {width: [1, 2, 4]}`")
        elif each is not None and not each.entries:
            self._add(each, "`each` is empty; name at least one list: `each: {width: [1, 2, 4]}`")
        pairs = [(name, each.key_mark(name)) for name in each.entries] if each is not None else []
        if index is not None:
            if not isinstance(index.value, str):
                self._add(index, f"{kind_of(index.value)} where a name is expected: `index: i`")
            else:
                pairs.append((index.value, index.mark))
        for name, mark in pairs:
            fault = name_fault(name)
            if name in known and not fault:
                fault = f"the index {name!r} would hide a name that is known here; choose another"
            if fault:
                key = "index" if index is not None and mark == index.mark else f"each.{name}"
                self.problems.append(Problem(mark, f"{node.path}.Repeat.{key}", fault))
            names.add(name)
        return names

    def _condition(self, when: Node) -> None:
        if not isinstance(when.value, bool) and not when.is_expression:
            self._add(
                when,
                f"{short_value(when.plain())} is no condition; write true, false, or an expression such as `=n > 1`",
            )

    def _component(self, node: Node) -> None:
        if not node.is_expression:
            components.check(node, "layer", node.path, self.problems)

    def _layer(self, name: str, node: Node, arguments: Node | None) -> None:
        entries = arguments.entries if arguments is not None else {}
        if "share" in entries:
            self._only_common(name, arguments)
            return
        vocabulary = components.vocabulary()
        kind = "layer" if vocabulary.find("layer", name) or not vocabulary.find("application", name) else "application"
        components.check(without_common(node), kind, node.path, self.problems, ITEM)

    def _block(self, name: str, node: Node, arguments: Node | None) -> None:
        mark = node.key_mark(name)
        block = self.blocks[name]
        entries = arguments.entries if arguments is not None else {}
        if "share" in entries:
            self._only_common(name, arguments)
            return
        self._unknown_arguments(name, arguments or node, [*block.params, *COMMON])
        may = [*block.params, *COMMON]
        meant = {nearest(key, may) for key in entries if key not in may}
        missing = [key for key, default in block.params.items() if default is None and key not in {*entries, *meant}]
        if missing:
            message = f"the block {name} needs {', '.join(missing)} (defined at line {block.mark.line})"
            self.problems.append(Problem(mark, node.path, message))

    def _no_block(self, name: str) -> tuple[str, str | None]:
        known = [*self.blocks, *components.vocabulary().names("layer"), *WORDS]
        return f"no block is named {name!r}; blocks: {short_names(self.blocks)} (layers are CamelCase)", nearest(
            name, known
        )

    def _only_common(self, name: str, arguments: Node | None) -> None:
        for key in arguments.entries if arguments is not None else {}:
            if key not in COMMON:
                message = f"`share` uses {name} as it is; with it only {', '.join(COMMON)} are allowed"
                problem = Problem(arguments.key_mark(key), f"{arguments.path}.{key}", message)  # type: ignore[union-attr]
                self.problems.append(problem)

    def _unknown_arguments(self, name: str, holder: Node, known: list[str]) -> None:
        for key in holder.entries if holder.is_mapping and name not in holder.entries else {}:
            if key not in known:
                meant = nearest(key, known)
                message = f"{name} has no argument {key!r}; it has: {listed(known, meant)}"
                self.problems.append(Problem(holder.key_mark(key), f"{holder.path}.{key}", message, meant))

    def _add(self, node: Node, message: str) -> None:
        self.problems.append(Problem(node.mark, node.path, message, related=node.chain))


def _names(known: Scope) -> str:
    return short_names(sorted(known) if len(known) <= _MOST_SORTED else known)


#: Names that are put in order for a message.
_MOST_SORTED = 1_000


def without_common(node: Node) -> Node:
    """The component without `inputs` and `share`, which belong to the graph; the mapping is a new one."""
    name, arguments = split_component(node) or ("", None)
    if arguments is None or not arguments.is_mapping:
        return node
    entries = {key: entry for key, entry in arguments.entries.items() if key not in ("inputs", "share")}
    own = Node(entries, arguments.mark, arguments.keys, arguments.path, arguments.chain)
    return Node({name: own}, node.mark, node.keys, node.path, node.chain)
