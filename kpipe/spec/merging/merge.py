"""Merging of a spec with the spec that it extends."""

from __future__ import annotations

from kpipe.errors import Problem
from kpipe.spec.merging.places import place_at
from kpipe.spec.merging.section_loss import lost_by_extends
from kpipe.spec.node import CLASS_NAME, Node


def merged(base: Node, over: Node, problems: list[Problem] | None = None) -> Node:
    """Return `base` extended by `over`; neither is changed.

    Mappings are merged recursively, lists are replaced. A component replaces a component of another class; the
    arguments of components of the same class are merged, where `Adam` means `{Adam: {}}`. A section of the language,
    such as `train.targets`, is never a component, regardless of its keys.

    Args:
        base: the complete spec that is extended.
        over: the complete spec that extends it.
        problems: receives the problems of empty values that would discard values of the base; these values are kept.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> base = read_text("{SGD: {momentum: 0.9}}", "base")
        >>> merged(base, read_text("{SGD: {nesterov: true}}", "over")).plain()
        {'SGD': {'momentum': 0.9, 'nesterov': True}}
        >>> merged(base, read_text("Adam", "over")).plain()
        'Adam'
    """
    return _merged(base, over, "", problems if problems is not None else [])


def _merged(base: Node, over: Node, path: str, problems: list[Problem]) -> Node:
    is_section = bool(path) and place_at(path).is_section
    base_class, over_class = (None, None) if is_section else (class_name(base), class_name(over))
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
        below = f"{path}.{key}".lstrip(".")
        lost = key in entries and lost_by_extends(entries[key], entry, below, over.key_mark(key), key == over_class)
        if lost:
            problems.append(lost)
        else:
            entries[key] = _merged(entries[key], entry, below, problems) if key in entries else entry
    return Node(entries, over.mark, {**base.keys, **over.keys}, over.path)


def class_name(node: Node) -> str | None:
    """Return the class of a value with the form of a component (`Adam`, `Adam: {...}`), else None."""
    if isinstance(node.value, str):
        return node.value if CLASS_NAME.match(node.value) else None
    if isinstance(node.value, dict) and len(node.value) == 1:
        name = next(iter(node.value))
        return name if CLASS_NAME.match(name) else None
    return None
