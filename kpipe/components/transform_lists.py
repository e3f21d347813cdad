"""Ready-made lists of transforms, written out as the transforms that they consist of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kpipe.components.argument_forms import Form, form_of, resolved
from kpipe.components.construct import construct
from kpipe.components.inspection.class_info import ClassInfo
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.targets import load_target
from kpipe.errors import Link
from kpipe.spec.node import Node, split_component
from kpipe.spec.python_value import from_python


def written_out(nodes: Iterable[Node]) -> list[Node]:
    """Return the transforms of a list, with those of each ready-made list in its place.

    Inside of another transform, a ready-made list becomes a `Sequential` that is always applied.

    Args:
        nodes: checked transforms with evaluated expressions.

    Raises:
        SpecError: a ready-made list refuses its arguments.
    """
    return [part for node in nodes for part in _parts(node)]


def ready_made(node: Node) -> Any:
    """Return the object of a ready-made list, or None for any other transform."""
    name, _ = split_component(node) or ("", None)
    known = resolved("transform", name)
    return construct(node, "transform") if known is not None and _is_list(known) else None


def _is_list(known: ClassInfo) -> bool:
    # Loading a class of Albumentations imports it.
    return known.origin != KINDS["transform"].library and issubclass(
        known.load(), load_target(KINDS["transform"].bases[-1])
    )


def _parts(node: Node) -> list[Node]:
    made = ready_made(node)
    if made is not None:
        listed = (from_python(item, node.mark, node.path) for item in made.transforms())
        chain = (Link(node.mark, f"in {type(made).__name__}, used"), *node.chain)
        return written_out(replace(part, path=node.path, chain=chain) for part in listed)
    name, arguments = split_component(node) or ("", None)
    known = resolved("transform", name)
    if known is None or arguments is None:
        return [node]
    entries = {
        key: _inner(entry, known, key) if key in known.arguments else entry for key, entry in arguments.entries.items()
    }
    if all(entries[key] is entry for key, entry in arguments.entries.items()):
        return [node]
    return [replace(node, value={name: replace(arguments, value=entries)})]


def _inner(entry: Node, known: ClassInfo, key: str) -> Node:
    form = form_of(entry, known.arguments[key])
    if form is Form.COMPONENT:
        return _one(entry)
    if form is Form.COMPONENTS:
        inner = [_one(item) for item in entry.items]
        is_same = all(one is item for one, item in zip(inner, entry.items, strict=True))
        return entry if is_same else replace(entry, value=list(inner))
    return entry


def _one(node: Node) -> Node:
    parts = _parts(node)
    if len(parts) == 1:
        return parts[0]
    values: dict[str, Node] = {"transforms": replace(node, value=list(parts)), "p": replace(node, value=1.0)}
    return replace(node, value={"Sequential": replace(node, value=values)})
