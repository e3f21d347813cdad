"""The form of a component with arguments, as in messages."""

from __future__ import annotations

from kpipe.components.check_value import check_value
from kpipe.components.inspection.class_info import ArgumentInfo, ClassInfo
from kpipe.errors import Problem
from kpipe.spec.merging.override_text import yaml_text
from kpipe.spec.node import Node


def argument_example(name: str, known: ClassInfo | None, given: Node) -> str:
    """Return the form of a component whose arguments were written as one value, which becomes its first argument.

    Args:
        name: the name in the spec.
        known: its description; None if it is unknown.
        given: the value in place of the mapping of arguments.

    Example:
        >>> from kpipe.components.argument_forms import resolved
        >>> from kpipe.errors import Mark
        >>> value = Node(5, Mark("a.yaml", 1, 1, 1, 2))
        >>> [argument_example(name, resolved("layer", name), value) for name in ("Dense", "Conv2D", "Flatten")]
        ['`Dense: {units: 5}`', '`Conv2D: {filters: 5, kernel_size: ...}`', '`Flatten: {...}`']
    """
    arguments = known.arguments if known is not None else {}
    required = [key for key, entry in arguments.items() if entry.required]
    first = next(iter(required or arguments), None)
    if first is None or (value := _value(given, arguments[first], len(required) == 1)) is None:
        return f"`{name}: {{...}}`"
    others = "".join(f", {key}: ..." for key in required[1:])
    return f"`{name}: {{{first}: {value}{others}}}`"


def _value(given: Node, argument: ArgumentInfo, is_only: bool) -> str | None:
    """Return the value of an argument in the example; None if it is unknown and others are as likely."""
    if argument.is_list_of_components:
        return "[...]" if is_only else None
    faults: list[Problem] = []
    check_value(given, argument, "", faults)
    if not faults and not given.is_mapping:
        return yaml_text(given)
    return "..." if is_only else None
