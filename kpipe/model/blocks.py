"""The definitions under `blocks`: their parameters, inputs, outputs and layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kpipe.errors import Mark, Problem
from kpipe.model.common_arguments import COMMON
from kpipe.nearest import nearest
from kpipe.spec.items import item_problem
from kpipe.spec.node import SNAKE_NAME, Node, kind_of
from kpipe.spec.reader import name_fault

KEYS = ("params", "inputs", "outputs", "layers")


@dataclass
class Block:
    """The definition of a block.

    Args:
        name: name of the block.
        mark: place of the definition.
        params: parameters with their defaults; None for a required parameter.
        places: place of each parameter.
        inputs: names of the input tensors; empty if the block has a single input.
        outputs: names of the items whose outputs the block returns; empty for the last item.
        layers: list of items.
    """

    name: str
    mark: Mark
    params: dict[str, Node | None] = field(default_factory=dict)
    places: dict[str, Mark] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    outputs: list[Node] = field(default_factory=list)
    layers: Node = field(default_factory=lambda: Node([], Mark("", 1, 1, 1, 1)))


def read_blocks(definitions: Mapping[str, Node], problems: list[Problem]) -> dict[str, Block]:
    """Return all definitions, and add problems of their form to `problems`."""
    return {name: _block(name, node, problems) for name, node in definitions.items()}


def _block(name: str, node: Node, problems: list[Problem]) -> Block:
    block = Block(name, node.mark)
    if not SNAKE_NAME.match(name):
        message = f"not a valid block name; expected snake_case, got {name!r} (classes are CamelCase)"
        problems.append(Problem(node.mark, node.path, message))
    if not node.is_mapping:
        message = f"not a definition; expected a mapping with {', '.join(KEYS)}, got {kind_of(node.value)}"
        problems.append(Problem(node.mark, node.path, message))
        return block
    for key in node.entries:
        if key not in KEYS:
            message = f"unknown key {key!r}; available: {', '.join(KEYS)}"
            problems.append(Problem(node.key_mark(key), f"{node.path}.{key}", message, nearest(key, KEYS)))
    layers = node.get("layers")
    is_misspelled = any(key not in KEYS and nearest(key, KEYS) == "layers" for key in node.entries)
    if layers is None and is_misspelled:
        pass  # reported as an unknown key
    elif layers is None or not layers.is_list:
        message = f"the block {name} requires `layers`, a list of items"
        problems.append(Problem((layers or node).mark, node.path, message))
    else:
        block.layers = layers
    _read_params(block, node.get("params"), problems)
    block.inputs = [str(item.value) for item in _names(node.get("inputs"), problems)]
    block.outputs = _names(node.get("outputs"), problems)
    for item in _names(node.get("inputs"), []):
        if fault := name_fault(str(item.value)):
            problems.append(Problem(item.mark, item.path, fault))
    return block


def _read_params(block: Block, node: Node | None, problems: list[Problem]) -> None:
    if node is None:
        return
    if not node.is_list:
        expected = "a list of parameters, each a name, or `{name: value}` with a default"
        message = f"not a list; expected {expected}, got {kind_of(node.value)}"
        problems.append(Problem(node.mark, node.path, message))
        return
    for item in node.items:
        pairs: list[tuple[str, Node | None, Mark]]
        if item.is_mapping:
            pairs = [(key, default, item.key_mark(key)) for key, default in item.entries.items()]
        elif item.is_text:
            pairs = [(str(item.value), None, item.mark)]
        else:
            problem = item_problem(item, "a parameter")
            problems += [problem] if problem else []
            continue
        for name, default, mark in pairs:
            fault = name_fault(name)
            if name in COMMON:
                fault = f"{name!r} cannot be a parameter, because every item accepts {', '.join(COMMON)}; rename it"
            elif name in block.params:
                fault = f"duplicate parameter {name!r}"
            if fault:
                problems.append(Problem(mark, item.path, fault))
            block.params[name], block.places[name] = default, mark


def _names(node: Node | None, problems: list[Problem]) -> list[Node]:
    if node is None:
        return []
    items = node.items if node.is_list else [node]
    for item in items:
        if not item.is_text:
            problems.append(Problem(item.mark, item.path, f"expected a name, got {kind_of(item.value)}"))
    return [item for item in items if item.is_text]
