"""The forms of an argument's value: a plain value, a name that Keras knows, or components."""

from __future__ import annotations

from enum import Enum

from kpipe.components.inspection.class_info import ArgumentInfo, ClassInfo
from kpipe.components.registry.registry import vocabulary
from kpipe.spec.node import CLASS_NAME, Node


class Form(Enum):
    """The form of an argument's value."""

    PLAIN = "a plain value"
    NAME = "a string that Keras converts to an object"
    COMPONENT = "one component"
    COMPONENTS = "a list of components"


def form_of(node: Node, argument: ArgumentInfo) -> Form:
    """The form in which the value of an argument is written.

    Args:
        node: the value, not an expression.
        argument: the argument.
    """
    kind = argument.object_kind
    if kind is None:
        return Form.PLAIN
    if node.is_mapping:
        return Form.COMPONENT
    if node.is_list and argument.many:
        return Form.COMPONENTS
    if node.is_list and kind == "layer":
        return Form.COMPONENT
    if isinstance(node.value, str):
        return _form_of_text(node.value, kind, argument)
    return Form.PLAIN


def _form_of_text(text: str, kind: str, argument: ArgumentInfo) -> Form:
    if CLASS_NAME.match(text) and resolved(kind, text) is not None:
        return Form.COMPONENT
    if "str" in argument.types and argument.choices is None:
        return Form.NAME
    named = CLASS_NAME.match(text) and "str" not in argument.types
    return Form.COMPONENT if named else Form.PLAIN


def resolved(kind: str, name: str) -> ClassInfo | None:
    """The component of a name; for a layer also a network of `keras.applications`."""
    words = vocabulary()
    found = words.find(kind, name)
    return words.find("application", name) if found is None and kind == "layer" else found
