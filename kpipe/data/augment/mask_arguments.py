"""Arguments of transforms that determine the classes of masks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kpipe.components.construct import construct
from kpipe.data.augment.transform_leaves import transform_leaves
from kpipe.errors import Problem
from kpipe.messages.escaped import escaped
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at

#: Arguments that are the class of replaced pixels.
_CLASSES = ("fill_mask", "mask_drop_value")
#: The numbers of OpenCV's INTER_NEAREST and INTER_NEAREST_EXACT.
_NEAREST = (0, 6)


def mask_problems(transforms: Iterable[Node], target: str, classes: Sequence[str]) -> Iterator[Problem]:
    """Yield the problems of arguments that would write other values than indices of classes into masks.

    Args:
        transforms: the transforms, with those of ready-made lists in their places.
        target: the name of the target.
        classes: its classes by index.

    Example:
        >>> from kpipe.errors import Mark
        >>> from kpipe.spec.python_value import from_python
        >>> node = from_python([{"Affine": {"fill_mask": 2}}], Mark("augment", 1, 1, 1, 1), "augment")
        >>> [problem.message for problem in mask_problems(node.items, "mask", ("sky", "sea"))]
        ["not a class of 'mask'; expected an index of its 2 classes, 0 (sky) to 1 (sea), got 2"]
    """
    for leaf in (leaf for node in transforms for leaf, _ in transform_leaves(node)):
        _, arguments = split_component(leaf) or ("", None)
        entries = arguments.entries if arguments is not None and arguments.is_mapping else {}
        for key in _CLASSES:
            if key in entries and not _is_class(entries[key], len(classes)):
                yield problem_at(entries[key], _not_a_class(entries[key], target, classes))
        entry = entries.get("mask_interpolation")
        if entry is not None and construct(leaf, "transform").mask_interpolation not in _NEAREST:
            message = f"it would mix the classes of {target!r}; expected INTER_NEAREST, got {entry.plain()}; remove it"
            yield problem_at(entry, message)


def _is_class(node: Node, count: int) -> bool:
    value = node.value
    return value is None or (isinstance(value, int | float) and value == int(value) and 0 <= value < count)


def _not_a_class(node: Node, target: str, classes: Sequence[str]) -> str:
    last = len(classes) - 1
    expected = f"an index of its {last + 1} classes, 0 ({escaped(classes[0])}) to {last} ({escaped(classes[last])})"
    named = [str(index) for index, name in enumerate(classes) if name == str(node.plain())]
    remedy = f"; write {named[0]} for the class {node.plain()}" if named else ""
    return f"not a class of {target!r}; expected {expected}, got {node.plain()}{remedy}"
