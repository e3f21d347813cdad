"""The lazy expansion of a model, item by item, into the operations that create and call its layers.

Each operation is yielded after all operations that it reads from. The consumer sets its outputs before requesting the
next one, since `channels` and projections depend on them. The check leaves the outputs unknown; the builder sets Keras
tensors. Therefore both follow the same blocks, loops, choices, names and limits.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, cast

from kpipe.errors import Link, Problem, SpecError
from kpipe.model.blocks import Block, read_blocks
from kpipe.model.common_arguments import COMMON, not_a_name_problem
from kpipe.model.constant_nodes import ConstantNodes
from kpipe.model.definition_check import (
    FROM_DATA,
    LATER,
    evaluated_item_problems,
    has_unknown_arguments,
    item_place,
    keyword_problems,
    layer_component,
)
from kpipe.model.graph import UNKNOWN, Frame, Incoming, Item, Output
from kpipe.model.item_rules import (
    arguments_form_problem,
    block_argument_problems,
    recursion_problem,
    reserved_name_problem,
    taken_name_problem,
    unknown_block_problem,
    unused_output_problem,
)
from kpipe.model.keyword_use import KeywordUse
from kpipe.model.keywords import KEYWORDS
from kpipe.model.keywords.keyword import Form, Keyword
from kpipe.model.limits import MAX_DEPTH, ExpansionCount
from kpipe.model.names import LayerNames, snake_case
from kpipe.model.operation import BranchInput, Operation, Steps
from kpipe.model.references import incoming, resolve
from kpipe.spec.expressions.scope import Name, Scope, evaluated, name_of
from kpipe.spec.items import item_problem
from kpipe.spec.node import CLASS_NAME, Node, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec

#: Budget cost of the scope of a block, besides its items.
_BLOCK_COST = 10
_PARAMETER_COST = 4
#: Maximum nesting of choices that depend on the data, which bounds undecided recursions.
_MAX_UNDECIDED = 3

#: Replaces an invalid value: an expression that is never evaluated.
_UNKNOWN_VALUE = "="

#: Receives problems and the frame in which they were found.
Collect = Callable[[list[Problem], Frame], None]


class Expansion:
    """The expansion of the model of a spec into operations, in the order in which their layers are created.

    Args:
        spec: the spec, whose `model` and `blocks` are expanded.
        names: values of the names that depend on the data: `classes`, `codes` and `input_shape`.
        inputs: input tensors of the model, keyed by input name; None if the data is unknown. Then expressions that
            depend on it are not evaluated, and both lists of an undecided choice are expanded.
        collect: receives the problems; default None: the first problem is raised.
        channels_first: whether Keras is configured for `channels_first`, default False.
        has_problems: whether the spec has problems already; unused outputs are not reported then, default False.

    Example:
        >>> from kpipe.spec.reader import read
        >>> expansion = Expansion(read("kpipe:iris"), {})
        >>> [operation.name for operation in expansion.operations({})]
        ['dense', 'dense_1', 'dense_2']
    """

    def __init__(
        self,
        spec: Spec,
        names: Mapping[str, Name],
        inputs: Mapping[str, Any] | None = None,
        collect: Collect | None = None,
        channels_first: bool = False,
        has_problems: bool = False,
    ) -> None:
        self._spec, self._collect, self._channels_first = spec, collect, channels_first
        self._blocks = read_blocks(spec.blocks, [])
        self._variables = spec.model_scope()
        self.count = ExpansionCount(self._variables.budget)
        self.inputs = None if inputs is None else _input_outputs(spec, inputs)
        later = {name: LATER for name in FROM_DATA if name not in names} if inputs is None else {}
        self._globals = self._variables.extended({**later, **names})
        self._layer_names = LayerNames()
        for name in inputs or ():
            self._layer_names.unique((name,))
        #: For each prefix of layer names, the names of the enclosing items in the spec.
        self._titles: dict[str, str] = {}
        #: For each of these prefixes, that of the items around it, and whether its own item has a name.
        self._enclosing: dict[str, tuple[str, bool]] = {}
        #: The operations that can be shared, because an item around them has a name.
        self._operations: list[Operation | BranchInput] = []
        self._num_named = 0
        #: The operations of the item that is currently shared.
        self._replay: Iterator[Operation | BranchInput] | None = None
        self._shares: list[Node] = []
        self._undecided = self._num_unknown = 0
        self._num_problems = int(has_problems)
        self._constants = ConstantNodes(self.count)
        #: The outputs of the model, keyed by target, or the last output with an empty key; set at the end.
        self.outputs: dict[str, Output] = {}

    def operations(self, targets: Mapping[str, Node]) -> Generator[Operation | BranchInput, None, None]:
        """Yield the operations; the consumer sets the `outputs` of each before it requests the next.

        Args:
            targets: for each target the name of its item, with its place; empty for the last item.

        Raises:
            SpecError: the model is too large, or, without `collect`, any other problem.
        """
        try:
            yield from self._model(targets)
        except SpecError as error:
            raise SpecError([self._at_share(problem) for problem in error.problems]) from error

    def report(self, problems: Iterable[Problem], frame: Frame) -> None:
        """Collect problems of a frame, or raise them."""
        found = [replace(problem, related=problem.related or frame.uses[:1]) for problem in problems]
        if not found:
            return
        if self._collect is None:
            raise SpecError(found)
        self._num_problems += len(found)
        self._collect([self._at_share(problem) for problem in found], frame)

    # -- the model and lists of items ------------------------------------------------------------------------------

    def _model(self, targets: Mapping[str, Node]) -> Generator[Operation | BranchInput, None, None]:
        # Several inputs have no order, so the first item must select the inputs that it reads.
        start = Output(None) if self.inputs is None else None
        if self.inputs is not None and len(self.inputs) == 1:
            start = next(iter(self.inputs.values()))
        names = self._shape_names(start) if start is not None and start.tensors is not None else {}
        frame = Frame(self._globals.extended(names), dict(self.inputs or {}))
        last = yield from self.items(self._spec.model, start, frame)
        if targets:
            self.outputs = {name: self._resolved(node, None, frame).read() for name, node in targets.items()}
        elif last is None:
            raise SpecError([Problem(self._spec.model.mark, "model", "the model has no items")])
        else:
            self.outputs = {"": last.read()}
        self.check_unused(frame)
        last_item = (self._spec.model.items or [self._spec.model])[-1]
        for name, output in self.outputs.items():
            self._check_single(output, targets.get(name, last_item), frame)

    def _check_single(self, output: Output, node: Node, frame: Frame) -> None:
        if output.tensors is not None and len(output.tensors) != 1:
            count = len(output.tensors)
            message = f"several output tensors; expected one, got {count}; merge them, or list outputs in train.targets"
            self.report([Problem(node.mark, node.path, message)], frame)

    def items(self, node: Node | None, previous: Output | None, frame: Frame) -> Generator[Any, None, Output | None]:
        """Expand a list of items; return the output of the last item, or `previous` for an empty list."""
        if node is not None and node.is_expression:
            node = self._evaluated(node, frame)
            if self.is_unknown(node):
                return UNKNOWN
        for child in node.items if node is not None else ():
            previous = yield from self._item(child, previous, frame)
        return previous

    # -- items -----------------------------------------------------------------------------------------------------

    def _item(self, node: Node, previous: Output | None, frame: Frame) -> Steps:
        self.count.item(node, frame.uses[:1])
        if not frame.blocks and "," not in frame.where:
            frame = frame.inner(where=".".join(node.path.split(".", 2)[:2]))
        found = self._well_formed(node, frame)
        if found is None:
            self._num_unknown += 1
            return UNKNOWN
        node, name, arguments = found
        item = Item(node, name, arguments)
        frame.items.append(item)
        keyword = KEYWORDS.get(name)
        reads = (
            self._incoming(node, arguments, previous, frame)
            if keyword is None or keyword.reads_previous
            else Output(())
        )
        before, start = (self._num_unknown, self._num_problems), len(self._operations)
        given = self._given_name(arguments, frame)
        if "share" in arguments.entries:
            steps = self._shared(name, arguments.entries["share"], reads, frame, given)
        else:
            steps = self._made(name, node, arguments, reads, frame, given)
        self._num_named += given is not None
        made = yield from steps
        self._num_named -= given is not None
        item.operations = start, len(self._operations)
        item.is_certain = before == (self._num_unknown, self._num_problems)
        output = Output(made.tensors, (item,))
        if given is not None and (keyword is None or keyword.names_output):
            self._name(arguments.entries["name"], output, frame)
        return output

    def _well_formed(self, node: Node, frame: Frame) -> tuple[Node, str, Node] | None:
        """An item, its name and its evaluated arguments; None if they are invalid or unknown."""
        if node.is_expression:
            node = self._evaluated(node, frame)
            if self.is_unknown(node):
                return None
            problems = evaluated_item_problems(self._blocks, node, frame.scope)
        else:
            problem = item_problem(node, "a layer")
            problems = [problem] if problem is not None else []
        if problems:
            self.report(problems, frame)
        parts = None if problems else split_component(node)
        if parts is None:
            return None
        name, arguments = parts
        if not (name in KEYWORDS or CLASS_NAME.match(name) or name in self._blocks):
            self.report([unknown_block_problem(name, node, self._blocks, KEYWORDS)], frame)
            return None
        ready = self._arguments(name, arguments, node, frame)
        return (node, name, ready) if ready is not None else None

    def _arguments(self, name: str, arguments: Node | None, node: Node, frame: Frame) -> Node | None:
        """The arguments, evaluated except for those that contain items; None if they are invalid or unknown."""
        if arguments is None or arguments.value is None:
            return Node({}, node.mark, path=node.path)
        if arguments.is_expression:
            arguments = self._evaluated(arguments, frame)
            if self.is_unknown(arguments):
                return None
        if not arguments.is_mapping:
            self.report([arguments_form_problem(name, arguments)], frame)
            return None
        keyword = KEYWORDS.get(name)
        if keyword is None:
            return self._evaluated(arguments, frame)
        entries = {
            key: entry if _is_expanded(keyword, key, entry) else self._evaluated(entry, frame)
            for key, entry in arguments.entries.items()
        }
        return _with_value(arguments, entries)

    def _incoming(self, node: Node, arguments: Node, previous: Output | None, frame: Frame) -> Incoming:
        try:
            reads = incoming(arguments.get("inputs"), previous, frame, node, self.inputs is None)
        except SpecError as error:
            self.report(error.problems, frame)
            return UNKNOWN
        outputs = reads.values() if isinstance(reads, dict) else (reads,)
        self._num_unknown += any(not output.is_certain for output in outputs)
        return reads

    def _resolved(self, node: Node, previous: Output | None, frame: Frame) -> Output:
        try:
            output = resolve(node, previous, frame, self.inputs is None)
        except SpecError as error:
            self.report(error.problems, frame)
            return UNKNOWN
        self._num_unknown += not output.is_certain
        return output

    def _given_name(self, arguments: Node, frame: Frame) -> str | None:
        """The `name` of an item; None if it has none."""
        node = arguments.entries.get("name")
        if node is None or self.is_unknown(node):
            return None
        if not isinstance(node.value, str):
            self.report([not_a_name_problem(node)], frame)
            return None
        return node.value

    def _name(self, given: Node, output: Output, frame: Frame) -> None:
        """Register the name of an item; only repeated uses of the same item may have the same name."""
        name = str(given.value)
        if name == "previous":
            self.report([reserved_name_problem(given)], frame)
        elif name in (self.inputs or ()):
            message = f"{name!r} is the name of an input; rename the item"
            self.report([problem_at(given, message)], frame)
        first = frame.places.setdefault(name, given.mark)
        if first != given.mark:
            self.report([taken_name_problem(given, first)], frame)
        frame.named[name] = output

    def _made(self, name: str, node: Node, arguments: Node, reads: Incoming, frame: Frame, given: str | None) -> Steps:
        if name in KEYWORDS:
            return self._keyword(KEYWORDS[name], node, arguments, reads, frame, given)
        if name in self._blocks:
            return self._block(self._blocks[name], node, arguments, reads, frame, given)
        return self._layer(name, node, arguments, reads, frame, given)

    # -- layers ----------------------------------------------------------------------------------------------------

    def _layer(self, name: str, node: Node, arguments: Node, reads: Incoming, frame: Frame, given: str | None) -> Steps:
        self.count.layer(node, frame.uses[:1])
        component = layer_component(node, name, arguments)
        is_constant = not node.chain and self._constants.contains(node)
        if not is_constant:
            self.count.pay(node, sum(1 for _ in component.walk()))
        path = (*frame.path, given or snake_case(name))
        place, is_named = item_place(), given is not None
        return self.called(
            Operation(node, frame, reads, path, component, place, is_constant=is_constant, is_named=is_named)
        )

    def called(self, operation: Operation) -> Steps:
        """Name an operation, yield it, and return its output."""
        if self._replay is None:
            operation.name = self._layer_names.unique(operation.path)
            operation.title = f"{self._title(operation.frame)}{operation.path[-1]}"
        else:
            shared = next(self._replay, None)
            if not isinstance(shared, Operation):
                message = "the shared item has fewer layers than this use; expected the same structure"
                self.report([problem_at(operation.node, message)], operation.frame)
                return UNKNOWN
            operation.name, operation.shared = shared.name, shared.shared or shared
        self._record(operation)
        yield operation
        for output in operation.reads.values() if isinstance(operation.reads, dict) else (operation.reads,):
            output.read()
        return Output(operation.outputs)

    def branch_input(self, reads: Output) -> Steps:
        """Yield a new symbolic input, and return it."""
        if self._replay is not None:
            next(self._replay, None)
        operation = BranchInput(reads)
        self._record(operation)
        yield operation
        return Output(operation.outputs)

    def _record(self, operation: Operation | BranchInput) -> None:
        if self._num_named or self._replay is not None:
            self._operations.append(operation)

    def segment(self, name: str, given: str | None, frame: Frame) -> tuple[str, ...]:
        """Return the common prefix of the names of all layers of a block or a keyword.

        Args:
            name: name of the block, or the `name` of the item.
            given: the `name` of the item; None if it has none.
            frame: the frame of the item.
        """
        segment = self._layer_names.unique((*frame.path, name))
        self._titles[segment] = self._title(frame) + (f"{given}/" if given else "")
        self._enclosing[segment] = self.item(frame), given is not None
        return (segment,)

    def item(self, frame: Frame) -> str:
        """Return the prefix of the names of all layers of the innermost block or named item around a frame, or ""."""
        prefix = _prefix(frame)
        return prefix if prefix in self._enclosing else ""

    def named_item(self, frame: Frame) -> str:
        """Return the prefix of the names of all layers of the innermost item around a frame that a name identifies.

        Neither this item nor one around it is without a name or occurs several times. The prefix is empty if there is
        none. Call it when all operations were yielded.
        """
        titles = Counter(self._titles[segment] for segment, (_, is_given) in self._enclosing.items() if is_given)
        found, segment = "", self.item(frame)
        while segment:
            outer, is_given = self._enclosing[segment]
            found = "" if not is_given or titles[self._titles[segment]] > 1 else found or segment
            segment = outer
        return found

    def _title(self, frame: Frame) -> str:
        return self._titles.get(_prefix(frame), "")

    # -- keywords and blocks ---------------------------------------------------------------------------------------

    def _keyword(
        self, keyword: Keyword, node: Node, arguments: Node, reads: Incoming, frame: Frame, given: str | None
    ) -> Steps:
        if self._undecided and self.count.is_deepest:
            self._num_unknown += 1
            return UNKNOWN
        with self.count.inside(node):
            if isinstance(reads, dict):
                message = f"{keyword.name} expects a name or a list of names as inputs, not call arguments"
                self.report([problem_at(node, message)], frame)
                return UNKNOWN
            if given and keyword.names_output:
                frame = frame.inner(path=self.segment(given, given, frame))
            entries = self._keyword_entries(keyword, node, arguments, frame)
            if entries is None:
                self._num_unknown += 1
                return UNKNOWN
            return (yield from keyword.expand(_Use(node, entries, reads, frame, self)))

    def _keyword_entries(
        self, keyword: Keyword, node: Node, arguments: Node, frame: Frame
    ) -> Mapping[str, Node] | None:
        """The arguments of a keyword, with invalid ones as unknown values; None if one is missing or unknown."""
        is_final, entries = self.inputs is not None, arguments.entries
        items = (entries[key] for key in keyword.item_arguments if key in entries)
        is_complete = all(key in entries for key in keyword.required)
        # Literal arguments were checked with the definition; values of expressions are checked here.
        if not is_complete or any(part.expression is not None or part.chain for part in (arguments, *items)):
            self.report(keyword_problems(keyword, node, arguments, is_final), frame)
        wrong = keyword.wrong_values(entries, is_final)
        for problems in wrong.values():
            self.report(problems, frame)
        if not is_complete or has_unknown_arguments(keyword, entries):
            return None
        return {**entries, **{key: _with_value(entries[key], _UNKNOWN_VALUE) for key in wrong}} if wrong else entries

    def _block(
        self, block: Block, node: Node, arguments: Node, reads: Incoming, frame: Frame, given: str | None
    ) -> Steps:
        blocks = (*frame.blocks, block.name)
        if self._undecided and (self.count.is_deepest or len(blocks) > MAX_DEPTH):
            self._num_unknown += 1
            return UNKNOWN
        with self.count.inside(node):
            if len(blocks) > MAX_DEPTH:
                raise SpecError([recursion_problem(node, blocks)])
            entering = self._entering(block, reads, node, frame)
            scope = self._parameters(block, arguments, node, frame, entering)
            segment = self.segment(given or block.name, given, frame)
            uses = (Link(node.mark, f"in {block.name}, used", frame.where), *frame.uses)
            hidden = {name: reason for name, reason in frame.hidden.items() if name in (self.inputs or ())}
            named = {name: output for name, output in (self.inputs or {}).items() if name not in hidden}
            for position, name in enumerate(block.inputs):
                tensors = None if entering.tensors is None else (entering.tensors[position],)
                named[name] = Output(tensors, entering.items, entering.is_certain)
            inner = Frame(scope, named, segment, blocks, uses, frame.where, hidden=hidden)
            last = (yield from self.items(block.layers, entering, inner)) or entering
            return self._leaving(block, last, inner)

    def _leaving(self, block: Block, last: Output, frame: Frame) -> Output:
        """The output of a block: that of its last item, or of the items in `outputs`."""
        if block.outputs:
            last = Output(())
            for name in block.outputs:
                last = last.joined(self._resolved(name, None, frame))
        last.read()
        self.check_unused(frame)
        return last

    def _entering(self, block: Block, reads: Incoming, node: Node, frame: Frame) -> Output:
        """The tensors that enter a block."""
        message = None
        if isinstance(reads, dict):
            whole = Output(())
            if set(reads) != set(block.inputs):
                message = (
                    f"the block {block.name} has other inputs; expected {', '.join(block.inputs) or 'none'}, got "
                    f"{', '.join(reads)}"
                )
                whole = UNKNOWN
            for name in block.inputs if message is None else ():
                whole = whole.joined(reads[name])
            reads = whole
        if block.inputs and reads.tensors is not None and len(reads.tensors) != len(block.inputs):
            message = (
                f"the block {block.name} expects {len(block.inputs)} tensors ({', '.join(block.inputs)}), "
                f"got {len(reads.tensors)}"
            )
            reads = UNKNOWN
        if message is not None:
            self.report([problem_at(node, message)], frame)
        return reads

    def _parameters(self, block: Block, arguments: Node, node: Node, frame: Frame, entering: Output) -> Scope:
        """The scope of a block: names of the data, of the shapes that enter it, and the parameters."""
        self.report(block_argument_problems(block, node, arguments), frame)
        self.count.pay(node, _BLOCK_COST + _PARAMETER_COST * len(block.params))
        names = {}
        for key, default in block.params.items():
            value = arguments.entries.get(key)
            if value is None and default is not None:
                value = self._evaluated(default, Frame(self._variables, {}))
            names[key] = LATER if value is None else name_of(value, frame.where, self.count.budget)
        return self._globals.extended({**self._shape_names(entering), **names})

    def _shape_names(self, entering: Output) -> dict[str, Name]:
        """The names whose values follow from the tensors that enter the model or a block; a list for several."""
        if entering.tensors is None:
            return dict.fromkeys(("input_shape", "channels"), LATER)
        axis = 1 if self._channels_first else -1
        shapes = [list(tensor.shape[1:]) for tensor in entering.tensors]
        channels = [tensor.shape[axis if len(tensor.shape) > 3 else -1] for tensor in entering.tensors]
        values = {"input_shape": shapes, "channels": channels}
        return {name: Name(several[0] if len(several) == 1 else several) for name, several in values.items()}

    def alternatives(self, lists: Iterable[Node | None], reads: Output, frame: Frame) -> Steps:
        """Expand all lists of an undecided choice."""
        self._num_unknown += 1
        self._undecided += 1
        for node in lists if self._undecided <= _MAX_UNDECIDED else ():
            inner = frame.alternative()
            output = yield from self.items(node, reads, inner)
            if output is not None:
                output.read()
            frame.add_alternative(inner)
        self._undecided -= 1
        return UNKNOWN

    # -- sharing ---------------------------------------------------------------------------------------------------

    def _shared(self, name: str, share: Node, reads: Incoming, frame: Frame, given: str | None) -> Steps:
        """Expand an item again, with its existing layers."""
        original = self._resolved(share, None, frame)
        first = original.items[0] if original.is_certain and original.items else None
        if first is None or not self._is_shareable(first, name, share, frame):
            return UNKNOWN
        outer, start, before = self._replay, len(self._operations), self._num_unknown
        self._replay = iter(self._operations[slice(*first.operations)])
        self._shares.append(share)
        made = yield from self._made(name, first.node, first.arguments, reads, frame, given)
        if next(self._replay, None) is not None and self._num_unknown == before:
            message = "the shared item has more layers than this use; expected the same structure"
            self.report([problem_at(share, message)], frame)
        self._shares.pop()
        self._replay = outer
        if outer is not None:
            deque(islice(outer, len(self._operations) - start), maxlen=0)
        return made

    def _is_shareable(self, first: Item, name: str, share: Node, frame: Frame) -> bool:
        if first.label != name or str(share.value) in (self.inputs or ()):
            message = f"expected an item of class {name} to share, got {share.value!r} of class {first.label}"
            self.report([problem_at(share, message)], frame)
            return False
        # Problems of the item are reported at its own place, not at each use.
        self._num_unknown += not first.is_certain
        return first.is_certain

    def _at_share(self, problem: Problem) -> Problem:
        """Move a problem of a shared item to the place where it is shared."""
        for share in reversed(self._shares):
            is_elsewhere = problem.mark not in (None, share.mark)
            related = (Link(problem.mark, "the shared item"),) if is_elsewhere else ()  # type: ignore[arg-type]
            problem = Problem(share.mark, share.path, problem.message, related=related)
        return problem

    # -- values ----------------------------------------------------------------------------------------------------

    def is_unknown(self, node: Node) -> bool:
        """Return whether a value depends on unknown data; if so, the expansion becomes uncertain."""
        is_unknown = node.is_expression and self.inputs is None
        self._num_unknown += is_unknown
        return is_unknown

    def check_unused(self, frame: Frame) -> None:
        """Report the items of a frame whose output is never used, if the frame is completely known."""
        if self._num_unknown or self._num_problems:
            return
        unused = [item for item in frame.items if not item.read]
        self.report([unused_output_problem(item.label, item.node) for item in unused], frame)

    def _evaluated(self, node: Node, frame: Frame) -> Node:
        """A value with its expressions evaluated; unknown and invalid ones remain expressions."""
        if self._constants.contains(node):
            return node
        if isinstance(node.value, dict):
            return _with_value(node, {key: self._evaluated(entry, frame) for key, entry in node.value.items()})
        if isinstance(node.value, list):
            return _with_value(node, [self._evaluated(entry, frame) for entry in node.value])
        try:
            return evaluated(node, frame.scope)
        except SpecError as error:
            self.report(error.problems, frame)
            return node


@dataclass(frozen=True)
class _Use(KeywordUse):
    """A use of a keyword in an expansion."""

    expansion: Expansion

    def items(self, node: Node | None, reads: Output | None = None, frame: Frame | None = None) -> Steps:
        return cast(Steps, self.expansion.items(node, reads or self.reads, frame or self.frame))

    def alternatives(self, *lists: Node | None) -> Steps:
        return self.expansion.alternatives(lists, self.reads, self.frame)

    def layer(
        self,
        label: str,
        reads: Output,
        *,
        component: Node | None = None,
        make: Callable[[str], Any] | None = None,
        is_counted: bool = True,
    ) -> Steps:
        if is_counted:
            self.expansion.count.layer(self.node, self.frame.uses[:1])
        path = (*self.frame.path, label)
        return self.expansion.called(Operation(self.node, self.frame, reads, path, component, make=make))

    def branch_input(self, reads: Output) -> Steps:
        return self.expansion.branch_input(reads)

    def report(self, problems: Iterable[Problem]) -> None:
        self.expansion.report(problems, self.frame)

    def check_unused(self, frame: Frame) -> None:
        self.expansion.check_unused(frame)

    def count_round(self) -> None:
        self.expansion.count.item(self.node, self.frame.uses[:1])

    def bound(self, value: Node) -> Name:
        return name_of(value, budget=self.expansion.count.budget)

    def is_unknown(self, node: Node) -> bool:
        return self.expansion.is_unknown(node)

    @property
    def inputs(self) -> Mapping[str, Output] | None:
        return self.expansion.inputs


def _prefix(frame: Frame) -> str:
    """Return the prefix of the names of the layers of a frame."""
    return frame.path[0] if frame.path else ""


def _input_outputs(spec: Spec, inputs: Mapping[str, Any]) -> dict[str, Output]:
    empty = Node({}, spec.model.mark)
    return {name: Output((tensor,), (Item(spec.model, f"the input {name}", empty),)) for name, tensor in inputs.items()}


def _is_expanded(keyword: Keyword, key: str, entry: Node) -> bool:
    """Whether an argument contains items, which are expanded one by one instead of being evaluated; or may do so."""
    argument = keyword.arguments.get(key)
    if argument is None:
        return key not in COMMON
    if not argument.contains_items:
        return False
    return argument.form is Form.ITEMS or not entry.is_expression


def _with_value(node: Node, value: list[Node] | dict[str, Node] | str) -> Node:
    """A copy of a node with another value; `dataclasses.replace` would take a third of the time of an expansion."""
    return Node(value, node.mark, node.keys, node.path, node.chain, node.origin, node.expression)
