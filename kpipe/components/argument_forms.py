"""The forms of an argument: a plain value, a string that Keras converts to an object, or components."""

from __future__ import annotations

from enum import Enum

from kpipe.components.inspection.class_info import ArgumentInfo, ClassInfo
from kpipe.components.registry.registry import vocabulary
from kpipe.spec.node import CLASS_NAME, Node


class Form(Enum):
    """The form in which an argument is written."""

    PLAIN = "a plain value"
    NAME = "a string that Keras converts to an object"
    COMPONENT = "one component"
    COMPONENTS = "a list of components"


def form_of(node: Node, argument: ArgumentInfo) -> Form:
    """Return the form in which an argument is written.

    Args:
        node: the value, which is not an expression.
        argument: the description of the argument.
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
    is_class = CLASS_NAME.match(text) and "str" not in argument.types
    return Form.COMPONENT if is_class else Form.PLAIN


def resolved(kind: str, name: str) -> ClassInfo | None:
    """Return the component of a name, or None; a network of `keras.applications` is also a layer."""
    known = vocabulary()
    found = known.find(kind, name)
    return known.find("application", name) if found is None and kind == "layer" else found
