"""The form of an item in a list of components, and what people usually meant when it is wrong."""

from __future__ import annotations

import re

from kpipe.errors import Problem
from kpipe.spec.node import CLASS_NAME, Node, kind_of

_SAVED = ("class_name", "module", "registered_name", "config")
_GLUED = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*):[\[{]")
_SPACED = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\s+[\[{]")


def item_problem(node: Node, what: str) -> Problem | None:
    """Why a value cannot be an item of a list of components, or None if its form is fine.

    Args:
        node: the item.
        what: the word for such an item, such as `a layer`.
    """
    message = _text_fault(node.value) if isinstance(node.value, str) else None
    if node.is_mapping and node.entries:
        # `Conv2D {filters: 3}` is a mapping with the key `Conv2D {filters` to YAML.
        message = next((fault for key in node.entries if (fault := _text_fault(key))), None)
        message = message or saved_form(node) or (_keys_fault(node) if len(node.entries) > 1 else None)
    elif node.is_mapping:
        message = f"an empty mapping where {what} is expected"
    elif not node.is_mapping and not node.is_text:
        message = f"{kind_of(node.value)} where {what} is expected; write `Name` or `Name: {{argument: value}}`"
    return Problem(node.mark, node.path, message, related=node.chain) if message else None


def glued_key(key: str) -> str | None:
    """What is wrong with a key that has swallowed its value: `{rate:0.5}` is a key without a value to YAML.

    Example:
        >>> glued_key("rate:0.5"), glued_key("rate")
        ('a blank is missing after the colon: write `rate: 0.5`', None)
    """
    name, colon, value = key.partition(":")
    return f"a blank is missing after the colon: write `{name}: {value}`" if colon and value else None


def saved_form(node: Node) -> str | None:
    """Why a mapping as Keras writes a component into its files is not accepted, or None where it is another.

    Example:
        >>> from kpipe.errors import Mark
        >>> saved_form(Node({"class_name": None, "config": None}, Mark("a.yaml", 1, 1, 1, 1)))[:46]
        "class_name and config are Keras' saved form of"
    """
    keys = [key for key in _SAVED if node.is_mapping and key in node.entries]
    if not {"class_name", "registered_name"} & set(keys):
        return None
    are = f"{', '.join(keys[:-1])} and {keys[-1]} are" if len(keys) > 1 else f"{keys[0]} is"
    return (
        f"{are} Keras' saved form of a component, which a spec does not accept since it may name any class; "
        "write the component by its name: `Name: {argument: value}`"
    )


def _text_fault(text: str) -> str | None:
    if match := _GLUED.match(text):
        return f"a blank is missing after the colon: write `{match[1]}: …`"
    if match := _SPACED.match(text):
        return f"a colon is missing after the name: write `{match[1]}: …`"
    if not text.strip():
        return "an empty text where a name is expected"
    return None


def _keys_fault(node: Node) -> str:
    keys = list(node.entries)
    first, second = keys[0], keys[1]
    listed = ", ".join(keys)
    if node.entries[first].value is None and not CLASS_NAME.match(second):
        return f"one item with {len(keys)} keys ({listed}): indent the arguments of {first} further than its name"
    return (
        f"one item with {len(keys)} keys ({listed}): give {second} a dash of its own, "
        f"or indent it further if it is an argument of {first}"
    )
