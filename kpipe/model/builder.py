"""`model:` becomes Keras tensors: items are walked once, in their order, each called on what it reads."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kpipe import components
from kpipe.components.quiet_import import import_keras
from kpipe.errors import KpipeError, Link, Problem, SpecError
from kpipe.model.blocks import Block, read_blocks
from kpipe.model.definition_check import without_common
from kpipe.model.graph import Frame, Item, Output, explained
from kpipe.model.keywords import KEYWORDS as WORDS
from kpipe.model.limits import MAX_DEPTH, ExpansionCount
from kpipe.model.names import LayerLabel, LayerNames, snake_case
from kpipe.model.references import Incoming, incoming, resolve
from kpipe.model.structures import Structures
from kpipe.spec.items import item_problem
from kpipe.spec.node import CLASS_NAME, Node, kind_of, split_component
from kpipe.spec.scope import Name, Scope, evaluated, name_of
from kpipe.spec.short_value import short_value
from kpipe.spec.spec import Spec

keras = import_keras()


class Builder:
    """Builds the outputs of a spec's model from the tensors of its inputs.

    Args:
        spec: the spec; its `model` and `blocks` are built.
        tensors: the symbolic tensors that enter the model, by the input's name.
        names: what the data give: `classes` and `input_shape`.

    Raises:
        SpecError: anything that cannot be built, at its place.
    """

    def __init__(self, spec: Spec, tensors: Mapping[str, Any], names: Mapping[str, Name]) -> None:
        self.spec = spec
        self.blocks = read_blocks(spec.blocks, [])
        self.structures = Structures(self)
        self.layer_names = LayerNames()
        self.made: list[tuple[Any, Node]] = []
        self.labels: dict[str, LayerLabel] = {}
        self._given: dict[str, str] = {}
        self._recorders: list[list[Any]] = []
        self._replay: Iterator[Any] | None = None
        self.variables = spec.model_scope()
        self.count = ExpansionCount(self.variables.budget)
        self.globals = self.variables.extended(names)
        self.data = {
            name: Output((tensor,), (Item(spec.model, f"the input {name}"),)) for name, tensor in tensors.items()
        }
        for name in tensors:
            self.layer_names.unique((name,))

    def build(self, targets: Mapping[str, Node]) -> Any:
        """The output tensor; or a mapping of them by name.

        Args:
            targets: the names of the items that are outputs, with the place that names them; empty for the last item.
        """
        start = next(iter(self.data.values())) if len(self.data) == 1 else None
        scope = self._with_channels(self.globals, start)
        frame = Frame(scope, dict(self.data))
        last = self.items(self.spec.model, start, frame)
        if targets:
            outputs = {name: resolve(node, None, frame).read() for name, node in targets.items()}
            self.refuse_unread(frame)
            return {name: self._single(output, targets[name], frame) for name, output in outputs.items()}
        if last is None:
            raise SpecError([Problem(self.spec.model.mark, "model", "the model has no items")])
        last.read()
        self.refuse_unread(frame)
        return self._single(last, self.spec.model.items[-1], frame)

    def _single(self, output: Output, node: Node, frame: Frame) -> Any:
        if len(output.tensors) != 1:
            message = (
                f"the model ends in {len(output.tensors)} tensors; end in one, or name the outputs in train.targets"
            )
            raise SpecError([Problem(node.mark, node.path, message)])
        return output.tensors[0]

    # -- items ---------------------------------------------------------------------------------------------------

    def items(self, node: Node | None, previous: Output | None, frame: Frame) -> Output | None:
        """The output of the last item of a list; `previous` itself where the list is empty."""
        if node is not None and node.is_expression:
            node = evaluated(node, frame.scope)
        for child in node.items if node is not None else []:
            previous = self._item(child, previous, frame)
        return previous

    def _item(self, node: Node, previous: Output | None, frame: Frame) -> Output:
        self.step(node)
        if not frame.blocks and "," not in frame.where:
            frame = frame.inner(where=".".join(node.path.split(".")[:2]))
        if node.is_expression:
            node = evaluated(node, frame.scope)
        problem = item_problem(node, "a layer")
        if problem is not None:
            raise SpecError([problem])
        name, arguments = split_component(node) or ("", None)
        arguments = self._arguments(name, arguments, node, frame)
        item = Item(node, name, arguments=arguments)
        frame.items.append(item)
        given = self.text(arguments, "name")
        reads = Output(()) if name == "Input" else incoming(arguments.get("inputs"), previous, frame, node)
        with self._recording(item):
            if arguments.get("share") is not None:
                made = self._shared(name, arguments.entries["share"], item, reads, frame, given)
            else:
                made = self._made(name, node, item, reads, frame, given)
        output = Output(made, (item,))
        if given is not None and name != "Input":
            self._refuse_taken(given, arguments.entries["name"], frame)
            frame.named[given] = output
        return output

    def step(self, node: Node) -> None:
        """Counts an item or a round of a loop; too many are an error."""
        self.count.item(node)

    def _refuse_taken(self, given: str, node: Node, frame: Frame) -> None:
        """A name stands for one item; a loop that passes the same item again is that item."""
        if given in self.data or given == "previous":
            what = "reserved" if given == "previous" else "the name of an input"
            raise self.error(node, f"{given!r} is {what}; choose another")
        first = frame.places.setdefault(given, node.mark)
        if first != node.mark:
            raise self.error(node, f"an item at line {first.line} is named {given!r} already; choose another name")

    def _arguments(self, name: str, arguments: Node | None, node: Node, frame: Frame) -> Node:
        """The arguments, evaluated; of words such as `Repeat` only what is not a list of items."""
        if arguments is None or arguments.value is None:
            return Node({}, node.mark, path=node.path)
        if arguments.is_expression:
            arguments = evaluated(arguments, frame.scope)
        if not arguments.is_mapping:
            raise self.error(arguments, f"{kind_of(arguments.value)} where the arguments of {name} are expected")
        kept = WORDS[name].item_arguments if name in WORDS else ()
        now = {key: entry for key, entry in arguments.entries.items() if key not in kept}
        ready = evaluated(Node(now, arguments.mark, arguments.keys, arguments.path, arguments.chain), frame.scope)
        later = {key: arguments.entries[key] for key in arguments.entries if key in kept}
        ready.value = {**ready.entries, **later}
        return ready

    def _made(self, name: str, node: Node, item: Item, reads: Incoming, frame: Frame, given: str | None) -> Any:
        arguments = item.arguments or node
        if name not in WORDS and CLASS_NAME.match(name):
            return self._layer(name, node, arguments, reads, frame, given)
        with self.count.inside(node):
            make = self.structures.build if name in WORDS else self._block
            return make(name, node, arguments, reads, frame, given)

    # -- layers --------------------------------------------------------------------------------------------------

    def _layer(
        self, name: str, node: Node, arguments: Node, reads: Incoming, frame: Frame, given: str | None
    ) -> tuple[Any, ...]:
        own = {key: entry for key, entry in arguments.entries.items() if key != "name"}
        component = without_common(Node({name: Node(own, arguments.mark, arguments.keys, arguments.path)}, node.mark))
        component.keys, component.path = {name: node.key_mark(name)}, node.path
        self.count.layer(node)
        path = (*frame.path, given or snake_case(name))
        vocabulary = components.vocabulary()
        if vocabulary.find("layer", name) is None and vocabulary.find("application", name) is not None:
            if isinstance(reads, dict) or len(reads.tensors) != 1:
                raise self.error(node, f"{name} reads one tensor")
            shape = tuple(reads.tensors[0].shape[1:])
            extra = {} if "input_tensor" in own or "input_shape" in own else {"input_shape": shape}
            layer = self.new_layer(
                lambda n: components.build(component, "application", name=n, **extra), path, component, frame
            )
        else:
            layer = self.new_layer(lambda n: components.build(component, "layer", name=n), path, component, frame)
        return self.called(layer, reads, node, frame)

    def new_layer(self, make: Callable[[str], Any], path: tuple[str, ...], node: Node, frame: Frame) -> Any:
        """A new layer; where an item is shared, the one that was made at the same place."""
        if self._replay is not None:
            layer = next(self._replay, None)
            if layer is None:
                raise self.error(node, "the shared item made fewer layers; it must have the same structure here")
        else:
            try:
                name = self.layer_names.unique(path)
                layer = make(name)
                self.made.append((layer, node))
            except SpecError as error:
                raise explained(error, node, frame) from None
            self.labels[name] = LayerLabel(f"{self._given_around(frame)}{path[-1]}", node.path, node.mark)
        for recorder in self._recorders:
            recorder.append(layer)
        return layer

    def segment(self, name: str, given: str | None, frame: Frame) -> str:
        """The beginning of the names of all layers of an item.

        Args:
            name: of the item.
            given: its `name:`, if it has one.
            frame: where it stands.
        """
        segment = self.layer_names.unique((*frame.path, name))
        self._given[segment] = self._given_around(frame) + (f"{given}/" if given else "")
        return segment

    def _given_around(self, frame: Frame) -> str:
        return self._given.get(frame.path[0], "") if frame.path else ""

    def called(self, layer: Any, reads: Incoming, node: Node, frame: Frame) -> tuple[Any, ...]:
        """The tensors that a layer gives for what an item reads."""
        try:
            result = self._result(layer, reads, node)
        except KpipeError:
            raise
        except Exception as error:
            shapes = _shapes(reads)
            message = f"{layer.name} cannot take an input of shape {shapes}: {reason_of(error)}"
            related = (*node.chain, *frame.uses[:1])
            raise SpecError([Problem(node.mark, node.path, message, related=related)]) from error
        return tuple(keras.tree.flatten(result))

    def _result(self, layer: Any, reads: Incoming, node: Node) -> Any:
        if isinstance(reads, dict):
            return self._call_by_name(layer, reads, node)
        return layer(reads.read().value)

    def _call_by_name(self, layer: Any, reads: dict[str, Output], node: Node) -> Any:
        known = [key for key in inspect.signature(layer.call).parameters if key not in ("kwargs", "args", "training")]
        for key in reads:
            if key not in known:
                raise self.error(node, f"{layer.name} has no call argument {key!r}; it has: {', '.join(known)}")
        values = {key: output.read().value for key, output in reads.items()}
        if known[0] not in values:
            raise self.error(node, f"{layer.name} needs the call argument {known[0]!r} among its inputs")
        return layer(values.pop(known[0]), **values)

    # -- blocks and sharing ----------------------------------------------------------------------------------------

    def _block(
        self, name: str, node: Node, arguments: Node, reads: Incoming, frame: Frame, given: str | None
    ) -> tuple[Any, ...]:
        block = self.blocks.get(name)
        if block is None:
            raise self.error(node, f"no block is named {name!r}")
        blocks = (*frame.blocks, name)
        if len(blocks) > MAX_DEPTH:
            start = len(blocks) - 1 - blocks[:-1][::-1].index(name) - 1 if name in blocks[:-1] else 0
            cycle = " -> ".join(blocks[start:])
            raise self.error(node, f"blocks are nested deeper than {MAX_DEPTH}: … {cycle}; does an `If` end it?")
        arrived = self._arrived(block, reads, node)
        scope = self._parameters(block, arguments, node, frame, arrived)
        hidden = {label: reason for label, reason in frame.hidden.items() if label in self.data}
        named = {label: output for label, output in self.data.items() if label not in hidden}
        for position, label in enumerate(block.inputs):
            named[label] = Output((arrived.tensors[position],), arrived.items)
        segment = self.segment(given or name, given, frame)
        uses = (Link(node.mark, f"in {name}, used", frame.where), *frame.uses)
        inner = Frame(scope, named, (segment,), blocks, uses, frame.where, hidden=hidden)
        last = self.items(block.layers, arrived, inner) or arrived
        if block.outputs:
            last = Output(())
            for named_output in block.outputs:
                last = last.joined(resolve(named_output, None, inner))
        last.read()
        self.refuse_unread(inner)
        return last.tensors

    def _arrived(self, block: Block, reads: Incoming, node: Node) -> Output:
        if isinstance(reads, dict):
            if set(reads) != set(block.inputs):
                raise self.error(node, f"the block {block.name} has the inputs {', '.join(block.inputs) or 'none'}")
            whole = Output(())
            for label in block.inputs:
                whole = whole.joined(reads[label])
            reads = whole
        if block.inputs and len(reads.tensors) != len(block.inputs):
            message = (
                f"the block {block.name} takes {len(block.inputs)} tensors ({', '.join(block.inputs)}); "
                f"{len(reads.tensors)} arrive"
            )
            raise self.error(node, message)
        return reads

    def _parameters(self, block: Block, arguments: Node, node: Node, frame: Frame, arrived: Output) -> Scope:
        names: dict[str, Name] = {}
        for key, default in block.params.items():
            value = arguments.get(key)
            if value is None and default is None:
                raise self.error(node, f"the block {block.name} needs {key}")
            value = value if value is not None else evaluated(default, self.variables)  # type: ignore[arg-type]
            names[key] = name_of(value, frame.where, self.count.budget)
        for key in arguments.entries:
            if key not in block.params and key not in ("name", "inputs", "share"):
                raise self.error(arguments, f"the block {block.name} has no parameter {key!r}")
        return self._with_channels(self.globals, arrived).extended(names)

    def _shared(
        self, name: str, share: Node, item: Item, reads: Incoming, frame: Frame, given: str | None
    ) -> tuple[Any, ...]:
        original = resolve(share, None, frame)
        first = original.items[0]
        if first.label != name or share.value in self.data:
            raise self.error(share, f"{share.value!r} is {first.label}, not {name}; share an item of the same class")
        before, self._replay = self._replay, iter(list(first.layers))
        try:
            made = self._made(name, first.node, first, reads, frame, given)
            if next(self._replay, None) is not None:
                raise self.error(share, "the shared item made more layers; it must have the same structure here")
        except SpecError as error:
            found = [Problem(share.mark, share.path, p.message, related=_definition(p, share)) for p in error.problems]
            raise SpecError(found) from error
        finally:
            self._replay = before
        return tuple(made)

    @contextmanager
    def _recording(self, item: Item) -> Iterator[None]:
        self._recorders.append(item.layers)
        try:
            yield
        finally:
            self._recorders.pop()

    # -- helpers ---------------------------------------------------------------------------------------------------

    def _with_channels(self, scope: Scope, entering: Output | None) -> Scope:
        if entering is None:
            return scope
        axis = 1 if keras.config.image_data_format() == "channels_first" else -1
        channels = [tensor.shape[axis if len(tensor.shape) > 3 else -1] for tensor in entering.tensors]
        return scope.extended({"channels": Name(channels[0] if len(channels) == 1 else channels)})

    def text(self, arguments: Node, key: str) -> str | None:
        """An argument that must be a text; None where it is not given."""
        node = arguments.get(key)
        if node is None:
            return None
        if not isinstance(node.value, str):
            raise self.error(node, f"{key} is {short_value(node.plain())}, not a text")
        return node.value

    def refuse_unread(self, frame: Frame) -> None:
        """An item of a frame whose output nobody has read is an error."""
        unread = [item for item in frame.items if not item.read]
        if unread:
            message = "nobody reads the output of {}; name it and read it with `inputs:`, or remove it"
            found = [Problem(i.node.mark, i.node.path, message.format(i.label), related=frame.uses[:1]) for i in unread]
            raise SpecError(found)

    def error(self, node: Node, message: str) -> SpecError:
        """The error to raise for one node."""
        return SpecError([Problem(node.mark, node.path, message, related=node.chain)])


def _shapes(reads: Incoming) -> str:
    if isinstance(reads, dict):
        return ", ".join(f"{key} {_shapes(output)}" for key, output in reads.items())
    return ", ".join(str(tuple(tensor.shape[1:])) for tensor in reads.tensors)


def _definition(problem: Problem, share: Node) -> tuple[Link, ...]:
    """Where the shared item is defined, for a problem that its second use has."""
    return () if problem.mark in (None, share.mark) else (Link(problem.mark, "the shared item"),)


def reason_of(error: Exception) -> str:
    """Why a layer refused its input, without the frame that Keras puts around it."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    # What the layer's own code raised comes last.
    text = text.rpartition("Error encountered:")[2]
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    told = [part for part in paragraphs if not part.startswith(("Exception encountered", "Arguments received"))]
    return _plain(told[0]) if told else type(error).__name__


def _plain(reason: str) -> str:
    """Keras' words for a shape that does not fit, without the batch, which nobody has written."""
    if match := re.search(r"expected (min_|max_)?ndim=(\d+), found ndim=(\d+)", reason):
        word = {"min_": "at least ", "max_": "at most ", None: ""}[match[1]]
        return f"it takes {word}{int(match[2]) - 1} dimensions besides the batch, and {int(match[3]) - 1} arrive"
    if match := re.search(r"expected axis (-?\d+) of input shape to have value (\d+)", reason):
        return f"it takes the size {match[2]} along axis {match[1]}"
    return reason
