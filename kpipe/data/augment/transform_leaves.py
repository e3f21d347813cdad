"""The transforms inside of compositions such as `OneOf`."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.components.argument_forms import Form, form_of, resolved
from kpipe.spec.node import Node, split_component


def inner_transforms(node: Node) -> list[Node]:
    """Return the transforms that a transform of a spec contains, such as those of a `OneOf`; empty for others."""
    name, arguments = split_component(node) or ("", None)
    known = resolved("transform", name)
    found: list[Node] = []
    if known is None or arguments is None:
        return found
    for key, entry in arguments.entries.items():
        form = form_of(entry, known.arguments[key]) if key in known.arguments else Form.PLAIN
        found += [entry] if form is Form.COMPONENT else entry.items if form is Form.COMPONENTS else []
    return found


def transform_leaves(node: Node, inside: tuple[str, ...] = ()) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Yield each transform in a transform that contains no others, with the compositions that contain it.

    Args:
        node: a transform of a spec.
        inside: the names of compositions that contain it, from the outermost one; default none.

    Example:
        >>> from kpipe.errors import Mark
        >>> from kpipe.spec.python_value import from_python
        >>> mark = Mark("augment", 1, 1, 1, 1)
        >>> node = from_python({"OneOf": {"transforms": ["Affine", "GaussNoise"]}}, mark, "augment")
        >>> [(leaf.value, inside) for leaf, inside in transform_leaves(node)]
        [('Affine', ('OneOf',)), ('GaussNoise', ('OneOf',))]
    """
    inner = inner_transforms(node)
    if not inner:
        yield node, inside
    name, _ = split_component(node) or ("", None)
    for entry in inner:
        yield from transform_leaves(entry, (*inside, name))
