"""Values of preparations that were determined from the data, in the form of the resolved spec."""

from __future__ import annotations

from typing import Any

from kpipe.data.prepare.rescale import Rescale
from kpipe.data.prepared import PreparedData
from kpipe.spec.node import Node, split_component
from kpipe.spec.spec import Spec
from kpipe.spec.yaml_text.dump import plain

_AUTO = (None, "auto")


def resolved_scales(spec: Spec, prepared: PreparedData) -> dict[str, Any]:
    """Return the number used by each `Rescale` whose `scale` is determined from the data.

    Args:
        spec: a checked spec.
        prepared: its prepared data.

    Returns:
        Plain values keyed by dotted path, which replace the values in the spec; see `Spec.dump`.
    """
    prepare = spec.data.prepare
    if prepare is None or not (prepare.items or prepare.entries):
        return {}
    written, stages = spec.tree.entries["data"].entries["prepare"], prepared.preparations
    lists = prepare.entries if prepare.is_mapping else dict.fromkeys(list(stages)[:1], prepare)
    found: dict[str, Any] = {}
    for name, nodes in lists.items():
        for node, stage in zip(nodes.items, stages[name], strict=True):
            arguments = _arguments(node)
            if isinstance(stage, Rescale) and arguments.get("scale") in _AUTO:
                found[node.path] = {_name(node): {**arguments, "scale": stage.scale}}
    if any(not _is_written(written, path) for path in found):
        # The list, or a part of it, is the result of an expression: replace the list by its value.
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
