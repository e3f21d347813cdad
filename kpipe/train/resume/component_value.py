"""Components of a spec with the defaults of their signatures, for comparison by meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kpipe.components.argument_forms import Form, form_of, resolved
from kpipe.components.construct import as_numbers
from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.custom_classes import IMPORTED_FILE
from kpipe.spec.node import Node, split_component


@dataclass(frozen=True)
class Component:
    """A component with the defaults of its signature.

    Args:
        name: the name of its class.
        owner: the origin of its class.
        arguments: all arguments, including defaults.
        written: the arguments that the spec contains and that differ from their defaults, in its order.
    """

    name: str
    owner: str
    arguments: dict[str, Any]
    written: dict[str, Any] = field(default_factory=dict, compare=False)


def component_value(node: Node, kind: str, with_data: bool = False) -> Any:
    """Return an evaluated component as a `Component`, a list of layers as a list of them, another value as it is.

    Args:
        node: the component.
        kind: its kind, such as `optimizer`.
        with_data: whether paths of the data are included; by default all are equal.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> texts = "{SGD: {momentum: 0}}", "SGD", "{keras.SGD: {learning_rate: 0.01}}"
        >>> first, *others = (component_value(read_text(text, "a"), "optimizer") for text in texts)
        >>> [first == other for other in others]
        [True, True]
    """
    if kind == "layer" and node.is_list:
        return [component_value(entry, kind, with_data) for entry in node.items]
    name, arguments = split_component(node) or ("", None)
    known = resolved(kind, name)
    if known is None:
        return node.plain()
    defaults = {key: _default(entry) for key, entry in known.arguments.items() if not entry.required}
    values = {}
    for key, entry in (arguments.entries if arguments is not None else {}).items():
        argument = known.argument(key)
        is_data = kind == "source" and argument is not None and argument.is_path and not with_data
        values[key] = "the data" if is_data else _argument(entry, argument, with_data)
    written = {key: value for key, value in values.items() if key not in defaults or defaults[key] != value}
    return Component(known.name, IMPORTED_FILE.sub(r"\1", known.origin), {**defaults, **values}, written)


def _default(argument: ArgumentInfo) -> Any:
    return as_numbers(argument.default, argument.types, argument.item_types)


def _argument(node: Node, argument: ArgumentInfo | None, with_data: bool) -> Any:
    if argument is None:
        return node.plain()
    shape = form_of(node, argument)
    if shape is Form.COMPONENT:
        return component_value(node, str(argument.object_kind), with_data)
    if shape is Form.COMPONENTS:
        return [component_value(entry, str(argument.object_kind), with_data) for entry in node.items]
    return as_numbers(node.plain(), argument.types, argument.item_types)
