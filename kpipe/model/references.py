"""`inputs:`: which outputs an item reads."""

from __future__ import annotations

from kpipe.errors import Problem, SpecError
from kpipe.model.graph import Frame, Output
from kpipe.nearest import nearest
from kpipe.spec.node import Node, kind_of

Incoming = Output | dict[str, Output]


def incoming(inputs: Node | None, previous: Output | None, frame: Frame, node: Node) -> Incoming:
    """What an item reads: the item before, or what its `inputs:` names.

    Args:
        inputs: the value of `inputs:`, evaluated; None where the item has none.
        previous: the output of the item before; None at the start of a model with several inputs.
        frame: the names that are known.
        node: the item, for messages.

    Returns:
        An output, or one for each call argument where `inputs:` is a mapping.

    Raises:
        SpecError: a name is unknown, an index is out of range.
    """
    if inputs is None:
        if previous is None:
            message = f"the model has several inputs; say what this item reads: inputs: {' or '.join(frame.named)}"
            raise SpecError([Problem(node.mark, node.path, message)])
        return previous
    if inputs.is_mapping:
        return {key: _joined(entry, previous, frame) for key, entry in inputs.entries.items()}
    return _joined(inputs, previous, frame)


def resolve(node: Node, previous: Output | None, frame: Frame) -> Output:
    """The output that one name stands for; `encoder.1` is the second of `encoder`."""
    if not isinstance(node.value, str):
        message = f"{kind_of(node.value)} where the name of an item is expected"
        raise SpecError([Problem(node.mark, node.path, message, related=node.chain)])
    text = node.value
    name, dot, index = text.rpartition(".")
    if dot and index.isdigit() and name:
        whole = _named(name, node, previous, frame)
        if int(index) >= len(whole.tensors):
            message = f"{name} has {len(whole.tensors)} outputs; {text} is not one of them (they count from 0)"
            raise SpecError([Problem(node.mark, node.path, message)])
        return Output((whole.tensors[int(index)],), whole.items)
    return _named(text, node, previous, frame)


def _joined(node: Node, previous: Output | None, frame: Frame) -> Output:
    if not node.is_list:
        return resolve(node, previous, frame)
    if not node.items:
        raise SpecError([Problem(node.mark, node.path, "an empty list; name at least one item")])
    whole = Output(())
    for entry in node.items:
        whole = whole.joined(resolve(entry, previous, frame))
    return whole


def _named(name: str, node: Node, previous: Output | None, frame: Frame) -> Output:
    if name == "previous" and previous is not None:
        return previous
    if name not in frame.named and name in frame.hidden:
        raise SpecError([Problem(node.mark, node.path, f"{name!r} {frame.hidden[name]}", related=frame.uses[:1])])
    if name not in frame.named:
        known = [*frame.named, *(["previous"] if previous is not None else [])]
        message = f"no item before this one is named {name!r}; named: {', '.join(known) or 'none'}"
        raise SpecError([Problem(node.mark, node.path, message, nearest(name, known), frame.uses[:1])])
    return frame.named[name]
