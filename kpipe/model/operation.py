"""One step of building a model: a call of a layer, or the input of a branch that becomes a model of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from kpipe.components import Place
from kpipe.model.graph import Frame, Incoming, Output
from kpipe.spec.node import Node


@dataclass(eq=False, slots=True)
class Operation:
    """A call of a layer, in the order in which layers are created.

    Args:
        node: the item that the layer belongs to.
        frame: where the item is used.
        reads: what the layer is called on.
        path: the parts of the layer's name, joined by `_` and made unique in `name`.
        component: the layer in a spec's form, evaluated; None where `make` creates it.
        place: what else may be written where the component is; None where nothing else may.
        make: creates the layer, given its name.
        is_constant: whether the item is the same in every use.
        name: the unique name of the layer.
        title: what the spec calls the layer.
        shared: the operation whose layer is used again.
        layer: the layer, set by the consumer.
        outputs: its output tensors, set by the consumer before the next operation; None while they are unknown.
    """

    node: Node
    frame: Frame
    reads: Incoming
    path: tuple[str, ...]
    component: Node | None = None
    place: Place | None = None
    make: Callable[[str], Any] | None = None
    is_constant: bool = False
    name: str = ""
    title: str = ""
    shared: Operation | None = None
    layer: Any = None
    outputs: tuple[Any, ...] | None = None


@dataclass(eq=False, slots=True)
class BranchInput:
    """A new symbolic input of the shape and data type of what enters a branch.

    Args:
        reads: what enters the branch, one tensor.
        outputs: the new tensor, set by the consumer; None while it is unknown.
    """

    reads: Output
    outputs: tuple[Any, ...] | None = None


#: Yields operations and returns the output of what they make up.
Steps = Generator[Operation | BranchInput, None, Output]
