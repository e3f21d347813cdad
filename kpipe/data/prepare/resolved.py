"""What a preparation decided by the data, as the resolved spec writes it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kpipe.data.prepare.preparation import Preparation
from kpipe.data.prepare.rescale import Rescale
from kpipe.spec.dump import plain
from kpipe.spec.node import Node, split_component

_AUTO = (None, "auto")


def resolved_scales(written: Node, prepare: Node, stages: Mapping[str, Sequence[Preparation]]) -> dict[str, Any]:
    """The `scale` of each `Rescale` that was left to the data, as a number.

    Args:
        written: `data.prepare` as the spec has it.
        prepare: the same, evaluated: a list, or a mapping of lists by input's name.
        stages: the preparations that were built of it, by input's name, bound to the data.

    Returns:
        Plain values by dotted path that stand in the resolved spec instead of what was written.
    """
    lists = prepare.entries if prepare.is_mapping else dict.fromkeys(list(stages)[:1], prepare)
    found: dict[str, Any] = {}
    for name, nodes in lists.items():
        for node, stage in zip(nodes.items, stages[name], strict=True):
            arguments = _arguments(node)
            if isinstance(stage, Rescale) and arguments.get("scale") in _AUTO:
                found[node.path] = {_name(node): {**arguments, "scale": stage.scale}}
    if any(not _is_written(written, path) for path in found):
        # An expression gives the list, or a part of it: its value takes the place of all of it.
        return {written.path: plain(prepare, found)}
    return found


def _name(node: Node) -> str:
    return str((split_component(node) or ("Rescale", None))[0])


def _arguments(node: Node) -> dict[str, Any]:
    parts = split_component(node)
    arguments = parts[1].plain() if parts is not None and parts[1] is not None else {}
    return dict(arguments) if isinstance(arguments, dict) else {}


def _is_written(written: Node, path: str) -> bool:
    return any(part.path == path and not part.is_expression for part in written.walk())
