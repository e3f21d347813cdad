"""Construction of Keras layers and tensors from the operations of a model."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kpipe import components
from kpipe.components.quiet_import import import_keras
from kpipe.errors import KpipeError, Problem, SpecError
from kpipe.messages.keras_reason import keras_reason
from kpipe.model.expansion import Expansion
from kpipe.model.graph import Frame, Incoming, Output
from kpipe.model.named_inputs import named_inputs_problem
from kpipe.model.names import LayerLabel
from kpipe.model.operation import BranchInput, Operation
from kpipe.spec.expressions.scope import Name
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec


class Builder:
    """Build the outputs of the model of a spec from its input tensors.

    Args:
        spec: the spec, whose `model` and `blocks` are built.
        tensors: symbolic input tensors, keyed by input name.
        names: values of the names that depend on the data: `classes`, `codes` and `input_shape`.

    Raises:
        SpecError: a part of the model cannot be built.
    """

    def __init__(self, spec: Spec, tensors: Mapping[str, Any], names: Mapping[str, Name]) -> None:
        self.keras = import_keras()
        channels_first = self.keras.config.image_data_format() == "channels_first"
        self.expansion = Expansion(spec, names, tensors, channels_first=channels_first)
        self.made: list[tuple[Any, Node]] = []
        self.labels: dict[str, LayerLabel] = {}
        self._new: list[Operation] = []

    def build(self, targets: Mapping[str, Node]) -> Any:
        """Return the output tensor, or a mapping of output tensors keyed by target.

        Args:
            targets: for each target the name of its item, with its place; empty for the last item.
        """
        steps = self.expansion.operations(targets)
        for operation in steps:
            try:
                self._run(operation)
            except SpecError as error:
                steps.throw(error)
        self.labels = self._with_named_items()
        outputs = {name: output.value for name, output in self.expansion.outputs.items()}
        return outputs if targets else outputs[""]

    def _with_named_items(self) -> dict[str, LayerLabel]:
        """Return the labels with the items around their layers, which are known when all layers are."""
        texts, found = Counter(label.text for label in self.labels.values()), {}
        for operation in self._new:
            label, named_item = self.labels[operation.name], self.expansion.named_item(operation.frame)
            is_inside = named_item == self.expansion.item(operation.frame)
            is_named = operation.is_named and is_inside and texts[label.text] == 1
            found[operation.name] = replace(
                label, named_item=named_item, is_named=is_named, has_name=operation.is_named
            )
        return found

    def _run(self, operation: Operation | BranchInput) -> None:
        if isinstance(operation, BranchInput):
            tensor = operation.reads.value
            operation.outputs = (self.keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype),)
            return
        operation.layer = operation.shared.layer if operation.shared is not None else self._new_layer(operation)
        operation.outputs = self._called(operation)

    def _new_layer(self, operation: Operation) -> Any:
        node = operation.node
        try:
            layer = self._made(operation)
        except SpecError as error:
            raise _explained(error, node, operation.frame) from None
        self.made.append((layer, node))
        self._new.append(operation)
        self.labels[operation.name] = LayerLabel(operation.title, node.path, node.mark)
        return layer

    def _made(self, operation: Operation) -> Any:
        if operation.make is not None:
            return operation.make(operation.name)
        component = _without_name(operation.component or operation.node)
        name, arguments = split_component(component) or ("", None)
        vocabulary = components.vocabulary()
        if vocabulary.find("layer", name) is not None or vocabulary.find("application", name) is None:
            return components.build(component, "layer", name=operation.name)
        if isinstance(operation.reads, dict) or len(operation.reads.tensors or ()) != 1:
            message = f"{name} requires one input tensor; expected one, got several"
            raise SpecError([Problem(operation.node.mark, operation.node.path, message)])
        own = arguments.entries if arguments is not None else {}
        shape = tuple(operation.reads.value.shape[1:])
        extra = {} if "input_tensor" in own or "input_shape" in own else {"input_shape": shape}
        return components.build(component, "application", name=operation.name, **extra)

    def _called(self, operation: Operation) -> tuple[Any, ...]:
        """Call the layer of an operation on its inputs, and return the output tensors."""
        layer, reads, node = operation.layer, operation.reads, operation.node
        try:
            result = self._call_by_name(layer, reads, node) if isinstance(reads, dict) else layer(reads.value)
        except KpipeError:
            raise
        except Exception as error:
            message = f"{layer.name} does not accept an input of shape {_shapes(reads)}: {keras_reason(error)}"
            related = (*node.chain, *operation.frame.uses[:1])
            raise SpecError([Problem(node.mark, node.path, message, related=related)]) from error
        return tuple(self.keras.tree.flatten(result))

    def _call_by_name(self, layer: Any, reads: dict[str, Output], node: Node) -> Any:
        values = {key: output.value for key, output in reads.items()}
        named = getattr(layer, "named_inputs", None)
        if named is not None:
            if problem := named_inputs_problem(layer.name, named, reads, node):
                raise SpecError([problem])
            return layer(values)
        known = [key for key in inspect.signature(layer.call).parameters if key not in ("kwargs", "args", "training")]
        for key in reads:
            if key not in known:
                raise _error(node, f"{layer.name} has no call argument {key!r}; available: {', '.join(known)}")
        if known[0] not in values:
            raise _error(node, f"{layer.name} requires the call argument {known[0]!r} in `inputs`")
        return layer(values.pop(known[0]), **values)


def _error(node: Node, message: str) -> SpecError:
    return SpecError([problem_at(node, message)])


def _without_name(component: Node) -> Node:
    """A component without its `name`, which becomes a part of the layer name."""
    name, arguments = split_component(component) or ("", None)
    if arguments is None or "name" not in arguments.entries:
        return component
    entries = {key: entry for key, entry in arguments.entries.items() if key != "name"}
    own = Node(entries, arguments.mark, arguments.keys, arguments.path, arguments.chain)
    return replace(component, value={name: own})


def _explained(error: SpecError, node: Node, frame: Frame) -> SpecError:
    """Add to each problem the names that an expression has read, and the use of the block."""
    parts = {part.mark: part for part in _nodes(node)}
    problems = []
    for problem in error.problems:
        part = parts.get(problem.mark) if problem.mark else None
        related = dict.fromkeys((*problem.related, *(part.chain if part else ()), *frame.uses[:1]))
        problems.append(replace(problem, related=tuple(related)))
    return SpecError(problems)


def _nodes(node: Node) -> Iterator[Node]:
    for part in node.walk():
        if part.chain or part.expression:
            yield part


def _shapes(reads: Incoming) -> str:
    if isinstance(reads, dict):
        return ", ".join(f"{key} {_shapes(output)}" for key, output in reads.items())
    return ", ".join(str(tuple(tensor.shape[1:])) for tensor in reads.tensors or ())
