"""`extends`: one spec laid over another."""

from __future__ import annotations

from kpipe.spec.node import CLASS_NAME, Node


def merged(base: Node, over: Node) -> Node:
    """`over` laid over `base`; neither is changed.

    Mappings merge deeply and lists replace. A component replaces one of another class and merges its arguments with
    one of the same class, where `Adam` is `{Adam: {}}`.

    Example:
        >>> from kpipe.spec.yaml_reader import read_text
        >>> base = read_text("{SGD: {momentum: 0.9}}", "base")
        >>> merged(base, read_text("{SGD: {nesterov: true}}", "over")).plain()
        {'SGD': {'momentum': 0.9, 'nesterov': True}}
        >>> merged(base, read_text("Adam", "over")).plain()
        'Adam'
    """
    base_class, over_class = class_name(base), class_name(over)
    if base_class is not None and over_class is not None:
        if base_class != over_class:
            return over
        if over.is_text:
            return base
        if base.is_text:
            return over
    elif over_class is not None or (base_class is not None and over.is_mapping):
        return over
    if not (base.is_mapping and over.is_mapping):
        return over
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        entries[key] = merged(entries[key], entry) if key in entries else entry
    return Node(entries, over.mark, {**base.keys, **over.keys}, over.path)


def class_name(node: Node) -> str | None:
    """The class of a value that looks like a component (`Adam`, `Adam: {…}`), else None."""
    if isinstance(node.value, str):
        return node.value if CLASS_NAME.match(node.value) else None
    if isinstance(node.value, dict) and len(node.value) == 1:
        name = next(iter(node.value))
        return name if CLASS_NAME.match(name) else None
    return None
