"""The check of definitions: problems of `model` and `blocks` that need neither data nor layers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from itertools import zip_longest

from kpipe import components
from kpipe.errors import Problem
from kpipe.model.blocks import Block, read_blocks
from kpipe.model.common_arguments import COMMON, common_problems
from kpipe.model.item_names import DefinitionText, ItemNames, item_of, referenced_items
from kpipe.model.item_rules import (
    arguments_form_problem,
    block_argument_problems,
    reserved_input_problem,
    unknown_argument_problems,
    unknown_block_problem,
    unknown_input_message,
)
from kpipe.model.keywords import KEYWORDS
from kpipe.model.keywords.keyword import Form, Keyword
from kpipe.model.several_inputs import several_inputs_problem
from kpipe.model.source_inputs import source_inputs, source_targets
from kpipe.nearest import nearest
from kpipe.spec.expressions.expression import ExpressionError, names_in, parse
from kpipe.spec.expressions.scope import Name, Scope, expression_problem
from kpipe.spec.expressions.short_value import short_names
from kpipe.spec.items import item_problem, list_remedy
from kpipe.spec.node import CLASS_NAME, Node, kind_of, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.spec.reader import name_fault
from kpipe.spec.spec import Spec

#: The names whose values depend on the data.
FROM_DATA = ("classes", "codes", "input_shape", "channels")
#: The mappings of a spec whose keys are targets of the dataset.
_BY_TARGET = (("data", "prepare_targets"), ("train", "targets"))
#: A name whose value is not known yet.
LATER = Name(None, is_known=False)
#: Maximum number of names that are sorted for a message.
_MAX_SORTED = 1_000


def definition_problems(spec: Spec) -> list[Problem]:
    """Return the problems of `model`, `blocks` and the inputs of `data.prepare` that need neither data nor shapes.

    Each definition is checked once, even if it is unused: forms, names, arguments, expressions and references. Values
    that are not known yet are skipped, such as a name from an expression, or the inputs of a source that does not
    declare them.

    Args:
        spec: a spec that was read.

    Returns:
        The problems in no particular order.
    """
    problems: list[Problem] = []

    @cache
    def data() -> tuple[str, ...] | None:
        return source_inputs(spec, problems)

    blocks = read_blocks(spec.blocks, problems)
    targets = spec.tree.entries["train"].get("targets") or Node({}, spec.model.mark)
    check = _DefinitionCheck(blocks, problems, set(targets.entries))
    known = spec.scope.extended(dict.fromkeys(FROM_DATA, LATER))
    for block in blocks.values():
        text = DefinitionText.of(block.layers)
        names = ItemNames(block.inputs, text.references | {item_of(str(o.value)) for o in block.outputs}, data)
        check.defaults(block, spec.scope)
        check.items(block.layers, known.extended(dict.fromkeys(block.params, LATER)), names)
        names.check_outputs(block.name, block.outputs)
        problems += [*names.problems(), *_unused_parameters(block, text)]
    names = ItemNames((), referenced_items(spec.model) | set(targets.entries), data)
    check.items(spec.model, known, names)
    problems += names.problems()
    problems += _unknown_targets(spec, problems)
    problems += [*_unknown_prepared_inputs(spec, data), *_lists_for_several_inputs(spec, data)]
    if any("previous" in referenced_items(layers) for layers in (spec.model, *(b.layers for b in blocks.values()))):
        problems += [reserved_input_problem(spec.data.source.mark)] if "previous" in (data() or ()) else []
    return problems


def evaluated_item_problems(blocks: dict[str, Block], item: Node, known: Scope) -> list[Problem]:
    """Return the problems of an item that is the value of an expression.

    Args:
        blocks: the definitions of blocks.
        item: the item.
        known: the names available to its expressions.
    """
    problems: list[Problem] = []
    _DefinitionCheck(blocks, problems, ()).item(item, known, ItemNames((), (), lambda: None))
    return problems


class _DefinitionCheck:
    def __init__(self, blocks: dict[str, Block], problems: list[Problem], targets: Collection[str]) -> None:
        self.blocks, self.problems, self.targets = blocks, problems, targets

    def defaults(self, block: Block, known: Scope) -> None:
        """Check the expressions in the defaults of the parameters of a block."""
        for default in block.params.values():
            if default is not None:
                self._expressions(default, known)

    def items(self, node: Node, known: Scope, names: ItemNames, in_choice: bool = False) -> None:
        """Check a list of items.

        Args:
            node: the list.
            known: the names available to its expressions.
            names: the names of the items of its definition.
            in_choice: whether it is one of several alternative lists.
        """
        if node.is_expression:
            names.is_open = True
            self._expressions(node, known)
        elif not node.is_list:
            self._add(node, f"expected a list of items, got {kind_of(node.value)}{list_remedy(node)}")
        for item, following in zip_longest(node.items, node.items[1:]):
            self.item(item, known, names, in_choice, following)

    def item(
        self, node: Node, known: Scope, names: ItemNames, in_choice: bool = False, following: Node | None = None
    ) -> None:
        """Check an item, and whether the item after it uses its output."""
        if node.is_expression:
            names.is_open = True
            return self._expressions(node, known)
        problem = item_problem(node, "a layer")
        if problem is not None:
            self.problems.append(problem)
        parts = split_component(node)
        if parts is None:
            names.is_open = True
            return None
        name, arguments = parts
        keyword = KEYWORDS.get(name)
        before = len(self.problems) + names.num_problems
        has_arguments = arguments is not None and arguments.is_mapping
        if arguments is not None and has_arguments:
            names.refer(arguments)
        elif arguments is not None and arguments.is_expression:
            names.is_open = True
        if problem is None and self._is_well_formed(name, node, arguments, known):
            self._component(name, node, arguments, known, names, in_choice)
        if arguments is not None and has_arguments:
            names.add(arguments, keyword is not None and not keyword.names_output, in_choice)
        if problem is not None or len(self.problems) + names.num_problems > before:
            names.distrust(node)
        if following is not None and (keyword is None or keyword.reads_previous):
            names.follow(name, node, arguments, following)
        return None

    def _is_well_formed(self, name: str, node: Node, arguments: Node | None, known: Scope) -> bool:
        """Return whether a layer, block or keyword of this name exists and its arguments are a mapping."""
        if name == "share":
            message = "`share` is an argument, not an item; write `Dense: {share: name, inputs: other}`"
            self.problems.append(Problem(node.key_mark(name), node.path, message))
        elif not (name in KEYWORDS or CLASS_NAME.match(name) or name in self.blocks):
            self.problems.append(unknown_block_problem(name, node, self.blocks, KEYWORDS))
        elif arguments is None or arguments.value is None or arguments.is_mapping:
            return True
        elif arguments.is_expression:
            self._expressions(arguments, known)
        else:
            self.problems.append(arguments_form_problem(name, arguments))
        return False

    def _component(
        self, name: str, node: Node, arguments: Node | None, known: Scope, names: ItemNames, in_choice: bool
    ) -> None:
        keyword = KEYWORDS.get(name)
        is_layer = keyword is None and name not in self.blocks
        entries = arguments.entries if arguments is not None else {}
        if keyword is None or keyword.names_output:
            self.problems += common_problems(arguments or node, self.targets, is_layer)
        if keyword is None and arguments is not None:
            self._expressions(arguments, known, _strings(name, entries) if is_layer else ())
        if "share" in entries and (keyword is None or entries.keys() <= COMMON.keys()):
            self._only_common(name, arguments or node)
        elif keyword is not None:
            self._keyword(keyword, node, arguments or node, known, names, in_choice)
        elif name in self.blocks:
            self.problems += block_argument_problems(self.blocks[name], node, arguments)
        else:
            self._layer(node, name, arguments)

    def _keyword(
        self, keyword: Keyword, node: Node, holder: Node, known: Scope, names: ItemNames, in_choice: bool
    ) -> None:
        entries = holder.entries if holder is not node else {}
        self.problems += keyword_problems(keyword, node, holder)
        for key, entry in entries.items():
            argument = keyword.arguments.get(key)
            if argument is not None and not argument.contains_items:
                self._expressions(entry, known)
            if argument is not None and argument.form is Form.LAYER and not entry.is_expression:
                components.check(entry, "layer", entry.path, self.problems)
        inner = self._inner_scope(keyword, node, entries, known)
        for key, entry in entries.items():
            # A misspelled argument can contain items, which use the names that the keyword introduces.
            if key not in keyword.arguments:
                self._expressions(entry, inner)
        for items in keyword.item_lists(entries):
            self.items(items, inner, names, in_choice or keyword.is_choice)

    def _inner_scope(self, keyword: Keyword, node: Node, entries: dict[str, Node], known: Scope) -> Scope:
        """The scope of the items in a keyword, with the names that it introduces."""
        introduced = list(keyword.introduced_names(entries))
        for entry in introduced:
            fault = name_fault(entry.name)
            if entry.name in known and not fault:
                fault = f"the index {entry.name!r} hides another name; rename it"
            if fault:
                self.problems.append(Problem(entry.mark, f"{node.path}.{keyword.name}.{entry.key}", fault))
        names = {entry.name for entry in introduced} | _names_of_misspelled(keyword, entries)
        return known.extended(dict.fromkeys(names, LATER)) if names else known

    def _layer(self, node: Node, name: str, arguments: Node | None) -> None:
        component = node if arguments is None or not arguments.is_mapping else layer_component(node, name, arguments)
        components.check(component, "layer", node.path, self.problems, item_place())

    def _only_common(self, name: str, arguments: Node) -> None:
        for key in arguments.entries:
            if key not in COMMON:
                message = f"not allowed with `share`, which uses {name} unchanged; expected {', '.join(COMMON)}"
                self.problems.append(Problem(arguments.key_mark(key), f"{arguments.path}.{key}", message))

    def _expressions(self, node: Node, known: Scope, strings: Collection[Node] = ()) -> None:
        """Check that every expression below a node can be parsed and uses only known names.

        Args:
            node: the node.
            known: the names available to its expressions.
            strings: the nodes that must be strings, which were probably not meant as expressions.
        """
        for part in node.walk():
            if not part.is_expression:
                continue
            try:
                missing = [name for name in names_in(parse(str(part.value)[1:])) if name not in known]
            except ExpressionError as error:
                self.problems.append(expression_problem(part, error, known))
                continue
            remedy = "; remove the `=` if this is not an expression of the spec" if _is_in(part, strings) else ""
            for name in missing:
                message = f"unknown name {name!r}; available: {_names(known)}{remedy}"
                unknown = ExpressionError(message, unknown=name)
                self.problems.append(expression_problem(part, unknown, known))

    def _add(self, node: Node, message: str) -> None:
        self.problems.append(problem_at(node, message))


def keyword_problems(keyword: Keyword, node: Node, arguments: Node, is_final: bool = False) -> Iterator[Problem]:
    """Yield the problems of the form of the arguments of a keyword.

    Args:
        keyword: the keyword.
        node: the item.
        arguments: its arguments, or the item itself if it has none; some may be expressions.
        is_final: whether all expressions are evaluated.
    """
    entries = arguments.entries if arguments is not node else {}
    meant = _as_meant(keyword, entries)
    yield from unknown_argument_problems(keyword.name, arguments, [*keyword.arguments, *COMMON])
    if "share" in meant and "share" not in entries:
        return
    for required in keyword.required:
        if required not in meant:
            yield problem_at(node, f"{keyword.name} requires `{required}`")
    # What disappears when a misspelled argument is corrected follows from it.
    remaining = list(keyword.problems(node, meant))
    yield from (problem for problem in keyword.problems(node, entries) if problem in remaining)
    for problems in keyword.wrong_values(entries, is_final).values():
        yield from problems


def has_unknown_arguments(keyword: Keyword, entries: Mapping[str, Node]) -> bool:
    """Return whether a keyword does not have some of its arguments.

    Args:
        keyword: the keyword.
        entries: its arguments.
    """
    return not (entries.keys() <= keyword.arguments.keys() | COMMON.keys())


def _as_meant(keyword: Keyword, entries: Mapping[str, Node]) -> dict[str, Node]:
    """Return the arguments with each unknown one under the name that is suggested for it, if there is one."""
    if not has_unknown_arguments(keyword, entries):
        return {**entries}
    known = [*keyword.arguments, *COMMON]
    named = {key if key in known else nearest(key, known) or key: entry for key, entry in entries.items()}
    return {**named, **{key: entry for key, entry in entries.items() if key in known}}


def _names_of_misspelled(keyword: Keyword, entries: Mapping[str, Node]) -> set[str]:
    """Return the names that unknown arguments of a keyword probably introduce, such as `i` in `Repeat: {indx: i}`."""
    is_introducing = type(keyword).introduced_names is not Keyword.introduced_names
    if not is_introducing or not has_unknown_arguments(keyword, entries):
        return set()
    names = {entry.name for entry in keyword.introduced_names(_as_meant(keyword, entries))}
    unknown = [entry for key, entry in entries.items() if key not in keyword.arguments and key not in COMMON]
    for entry in unknown:
        names |= {str(entry.value)} if entry.is_text else entry.entries.keys()
    return names


def item_place() -> components.Place:
    """Return what is allowed as an item besides layers: keywords and the common arguments."""
    return components.Place(tuple(KEYWORDS), ("inputs", "share"), replacing=("share",))


def layer_component(node: Node, name: str, arguments: Node) -> Node:
    """Return the layer of an item as a component, without `inputs` and `share`, which define the graph.

    Args:
        node: the item.
        name: the class of the layer.
        arguments: the arguments of the item.
    """
    entries = {key: entry for key, entry in arguments.entries.items() if key not in ("inputs", "share")}
    own = Node(entries, arguments.mark, arguments.keys, arguments.path, arguments.chain)
    return Node({name: own}, node.mark, node.keys or {name: node.mark}, node.path, node.chain)


def _strings(name: str, entries: Mapping[str, Node]) -> list[Node]:
    """Return the arguments of a layer that must be strings without a list of allowed ones."""
    info = components.vocabulary().find("layer", name)
    known = info.arguments if info is not None else {}
    return [entry for key, entry in entries.items() if key in known and _is_free_string(known[key])]


def _is_free_string(argument: components.ArgumentInfo) -> bool:
    return argument.types == {"str"} and argument.choices is None


def _is_in(part: Node, nodes: Collection[Node]) -> bool:
    return any(part is node for node in nodes)


def _unused_parameters(block: Block, text: DefinitionText) -> Iterator[Problem]:
    """Yield the problems of parameters that no expression in the block uses."""
    for name, mark in block.places.items() if not text.has_unreadable else ():
        if name not in text.variables and not name_fault(name):
            message = f"unused parameter {name}"
            yield Problem(mark, f"blocks.{block.name}.params", message, nearest(name, text.variables))


def _unknown_prepared_inputs(spec: Spec, data: Callable[[], Collection[str] | None]) -> Iterator[Problem]:
    """Yield the problems of inputs under `data.prepare` that the dataset does not have."""
    prepare = spec.tree.entries["data"].get("prepare") or Node({}, spec.model.mark)
    for name in prepare.entries:
        known = data()
        if known is not None and name not in known:
            message = unknown_input_message(name, known)
            yield Problem(prepare.key_mark(name), f"data.prepare.{name}", message, nearest(name, known))


def _unknown_targets(spec: Spec, problems: list[Problem]) -> list[Problem]:
    """Return the problems of keys of `data.prepare_targets` and `train.targets` that are not targets of the dataset."""
    sections = {f"{section}.{key}": spec.tree.entries[section].get(key) for section, key in _BY_TARGET}
    given = {path: node for path, node in sections.items() if node is not None and node.entries}
    names = source_targets(spec, problems) if given else None
    if names is None:
        return []
    return [
        Problem(
            node.key_mark(name),
            f"{path}.{name}",
            f"the dataset has no target {name!r}; available: {', '.join(names)}",
            nearest(name, names),
        )
        for path, node in given.items()
        for name in node.entries
        if name not in names
    ]


def _lists_for_several_inputs(spec: Spec, data: Callable[[], Collection[str] | None]) -> Iterator[Problem]:
    """Yield the problem of a list of preparations if the model reads several inputs of the dataset."""
    prepare = spec.tree.entries["data"].get("prepare")
    if prepare is None or not prepare.is_list or not prepare.items:
        return
    references = referenced_items(spec.model)
    if len(references) > 1:
        read = [name for name in data() or () if name in references]
        if len(read) > 1:
            yield several_inputs_problem(prepare, "data.prepare", read)


def _names(known: Scope) -> str:
    return short_names(sorted(known) if len(known) <= _MAX_SORTED else known)
