"""Paths that a spec passes to custom layers through parameters of blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from kpipe.spec.node import Node

#: The paths among the arguments of a component.
PathNodes = Callable[[Node], Iterable[Node]]


def block_paths(blocks: Node, model: Node, path_nodes: PathNodes) -> Iterator[Node]:
    """Yield the strings that become paths by a parameter of a block: arguments of its uses, and defaults.

    Args:
        blocks: the section `blocks` of a spec.
        model: the section `model`.
        path_nodes: yields the paths in the arguments of a layer, which are expressions such as `=file` in a block.
    """
    parameters = _path_parameters(blocks, path_nodes)
    for holder in (blocks, model):
        for name, arguments in _uses(holder, parameters):
            found = (arguments.entries.get(parameter) for parameter in parameters[name])
            yield from (node for node in found if node is not None and node.is_text and not node.is_expression)
    for name, of_paths in parameters.items():
        params = blocks.entries[name].get("params")
        for item in params.items if params is not None else ():
            for parameter, default in item.entries.items() if item.is_mapping else ():
                if parameter in of_paths and default.is_text and not default.is_expression:
                    yield default


def _path_parameters(blocks: Node, path_nodes: PathNodes) -> dict[str, set[str]]:
    """Return the parameters of each block that are paths, directly or as arguments of other blocks."""
    found: dict[str, set[str]] = {}
    for name, block in blocks.entries.items():
        paths = (node for part in block.walk() if _is_component(part) for node in path_nodes(part))
        found[name] = {parameter for node in paths if (parameter := _parameter(node)) is not None}
    while True:
        before = sum(map(len, found.values()))
        for name, block in blocks.entries.items():
            for inner, arguments in _uses(block, found):
                nodes = (arguments.entries.get(key) for key in found[inner])
                found[name] |= {key for node in nodes if node is not None and (key := _parameter(node)) is not None}
        if sum(map(len, found.values())) == before:
            return found


def _uses(holder: Node, blocks: Mapping[str, object]) -> Iterator[tuple[str, Node]]:
    for part in holder.walk():
        if _is_component(part):
            name, arguments = next(iter(part.entries.items()))
            if name in blocks and arguments.is_mapping:
                yield name, arguments


def _is_component(node: Node) -> bool:
    return node.is_mapping and len(node.entries) == 1


def _parameter(node: Node) -> str | None:
    """Return the name if a value is an expression that consists of a name."""
    name = str(node.value)[1:].strip() if node.is_expression else ""
    return name if name.isidentifier() else None
