"""The operations that build a model: calls of layers, and inputs of branches that become separate models."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from kpipe.components import Place
from kpipe.model.graph import Frame, Incoming, Output
from kpipe.spec.node import Node


@dataclass(eq=False, slots=True)
class Operation:
    """A call of a layer; operations are in the order in which their layers are created.

    Args:
        node: the item of the layer.
        frame: the frame of the item.
        reads: the output on which the layer is called.
        path: the parts of the layer name, which `name` joins by `_` and makes unique.
        component: the layer as an evaluated component; None if `make` creates it.
        place: what is allowed in place of the component besides layers; None for nothing.
        make: function that creates the layer from its name.
        is_constant: whether the item is the same in every use.
        is_named: whether the item of the layer has a name.
        name: unique name of the layer.
        title: label of the layer in the spec.
        shared: the operation whose layer is used again; None for a new layer.
        layer: the layer, set by the consumer.
        outputs: output tensors, set by the consumer before the next operation; None if unknown.
    """

    node: Node
    frame: Frame
    reads: Incoming
    path: tuple[str, ...]
    component: Node | None = None
    place: Place | None = None
    make: Callable[[str], Any] | None = None
    is_constant: bool = False
    is_named: bool = False
    name: str = ""
    title: str = ""
    shared: Operation | None = None
    layer: Any = None
    outputs: tuple[Any, ...] | None = None


@dataclass(eq=False, slots=True)
class BranchInput:
    """A new symbolic input with the shape and data type of the input of a branch.

    Args:
        reads: the input of the branch, a single tensor.
        outputs: the new tensor, set by the consumer; None if unknown.
    """

    reads: Output
    outputs: tuple[Any, ...] | None = None


#: A generator that yields operations and returns their combined output.
Steps = Generator[Operation | BranchInput, None, Output]
