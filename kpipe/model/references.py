"""Resolution of the references in `inputs`."""

from __future__ import annotations

from kpipe.errors import Problem, SpecError
from kpipe.model.common_arguments import no_items_problem, not_an_item_problem
from kpipe.model.graph import UNKNOWN, Frame, Incoming, Output
from kpipe.model.item_rules import unknown_item_problem
from kpipe.spec.node import Node


def incoming(inputs: Node | None, previous: Output | None, frame: Frame, node: Node, is_open: bool) -> Incoming:
    """Return the outputs that an item reads: those in its `inputs`, by default that of the previous item.

    Args:
        inputs: the evaluated `inputs`; None if the item has none.
        previous: the output of the previous item; None at the start of a model with several inputs.
        frame: the frame with the known names.
        node: the item, for messages.
        is_open: whether an unknown name may be an input of the dataset.

    Returns:
        An output, or a mapping from call arguments to outputs if `inputs` is a mapping.

    Raises:
        SpecError: a name is unknown, an index is out of range.
    """
    if inputs is None:
        if previous is None:
            message = f"the model has several inputs; select those of this item with inputs: {' or '.join(frame.named)}"
            raise SpecError([Problem(node.mark, node.path, message)])
        return previous
    if inputs.is_mapping:
        return {key: _joined(entry, previous, frame, is_open) for key, entry in inputs.entries.items()}
    return _joined(inputs, previous, frame, is_open)


def resolve(node: Node, previous: Output | None, frame: Frame, is_open: bool) -> Output:
    """Return the output that a reference denotes; `encoder.1` is the second output of `encoder`.

    Args:
        node: the reference.
        previous: the output that `previous` refers to; None if there is none.
        frame: the frame with the known names.
        is_open: whether an unknown name may be an input of the dataset.

    Raises:
        SpecError: a name is unknown, an index is out of range.
    """
    if node.is_expression and is_open:
        return UNKNOWN
    if not isinstance(node.value, str):
        raise SpecError([not_an_item_problem(node)])
    text = node.value
    name, dot, index = text.rpartition(".")
    if not (dot and index.isdigit() and name):
        return _named(text, node, previous, frame, is_open)
    whole = _named(name, node, previous, frame, is_open)
    if whole.tensors is None:
        return whole
    if int(index) >= len(whole.tensors):
        message = f"output index out of range; expected {name}.0 to {name}.{len(whole.tensors) - 1}, got {text}"
        raise SpecError([Problem(node.mark, node.path, message)])
    return Output((whole.tensors[int(index)],), whole.items, whole.is_certain)


def _joined(node: Node, previous: Output | None, frame: Frame, is_open: bool) -> Output:
    if not node.is_list:
        return resolve(node, previous, frame, is_open)
    if not node.items:
        raise SpecError([no_items_problem(node)])
    whole = Output(())
    for entry in node.items:
        whole = whole.joined(resolve(entry, previous, frame, is_open))
    return whole


def _named(name: str, node: Node, previous: Output | None, frame: Frame, is_open: bool) -> Output:
    if name == "previous" and previous is not None:
        return previous
    if name in frame.named:
        return frame.named[name]
    if name in frame.hidden:
        raise SpecError([Problem(node.mark, node.path, f"{name!r} {frame.hidden[name]}", related=frame.uses[:1])])
    if is_open:
        return UNKNOWN
    raise SpecError([unknown_item_problem(name, node, [*frame.named, *(["previous"] if previous is not None else [])])])
