"""Checks of the form of an item in a list of components, with remedies for common errors."""

from __future__ import annotations

import re

from kpipe.errors import Problem
from kpipe.spec.lookalikes import lookalike_fault
from kpipe.spec.merging.override_text import yaml_text
from kpipe.spec.node import CLASS_NAME, Node, kind_of
from kpipe.spec.problem_at import problem_at

_SAVED = ("class_name", "module", "registered_name", "config")
_GLUED = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*):[\[{]")
_SPACED = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\s+[\[{]")


def item_problem(node: Node, what: str) -> Problem | None:
    """Return the problem of a value that is not an item of a list of components, or None.

    Args:
        node: the item.
        what: the expected component, such as `a layer`.
    """
    message = _text_fault(node.value) if isinstance(node.value, str) else None
    if node.is_mapping and node.entries:
        # YAML reads `Conv2D {filters: 3}` as a mapping with the key `Conv2D {filters`.
        message = next((fault for key in node.entries if (fault := _text_fault(key))), None)
        message = message or saved_form(node) or (_keys_fault(node) if len(node.entries) > 1 else None)
    elif node.is_mapping:
        message = f"expected {what}, got an empty mapping"
    elif not node.is_mapping and not node.is_text:
        message = f"expected {what}, got {kind_of(node.value)}; write `Name` or `Name: {{argument: value}}`"
    return problem_at(node, message) if message else None


def list_remedy(node: Node) -> str:
    """Return the remedy for a component, or a mapping of several, in place of a list; empty for other values.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> list_remedy(read_text("EarlyStopping: {patience: 3}", "a.yaml"))
        '; write `[EarlyStopping: {patience: 3}]`, or `- EarlyStopping: {patience: 3}`'
        >>> list_remedy(read_text("{ReLU: null, Dense: {units: 3}}", "a.yaml"))
        '; write a dash before each item: `- ReLU`, `- Dense: ...`'
    """
    if node.value == "None":
        return "; write [] for an empty list"
    if node.is_text and CLASS_NAME.match(str(node.value)):
        return f"; write `[{node.value}]`, or `- {node.value}`"
    if not node.entries or not any(map(CLASS_NAME.match, node.entries)):
        return ""
    if len(node.entries) > 1:
        shown = ", ".join(f"`- {key}{': ...' if entry.entries else ''}`" for key, entry in node.entries.items())
        return f"; write a dash before each item: {shown}" if len(shown) < 80 else "; write a dash before each item"
    ((name, arguments),) = node.entries.items()
    item = f"{name}: {yaml_text(arguments)}" if arguments.value is not None else name
    return f"; write `[{item}]`, or `- {item}`"


def glued_key(key: str) -> str | None:
    """Return the error of a key that contains its value, or a character that looks like punctuation; else None.

    YAML reads `{rate:0.5}` as a key without a value.

    Example:
        >>> glued_key("rate:0.5"), glued_key("rate")
        ('missing space after the colon; write `rate: 0.5`', None)
    """
    if fault := lookalike_fault(key):
        return fault
    name, colon, value = key.partition(":")
    return f"missing space after the colon; write `{name}: {value}`" if colon and value else None


def saved_form(node: Node) -> str | None:
    """Return the error of a component in Keras' serialized form, or None for any other mapping.

    Example:
        >>> from kpipe.errors import Mark
        >>> saved_form(Node({"class_name": None, "config": None}, Mark("a.yaml", 1, 1, 1, 1)))[:48]
        "class_name and config are Keras' serialized form"
    """
    entries = node.entries
    if "class_name" not in entries and "registered_name" not in entries:
        return None
    keys = [key for key in _SAVED if key in entries]
    subject = f"{', '.join(keys[:-1])} and {keys[-1]} are" if len(keys) > 1 else f"{keys[0]} is"
    return (
        f"{subject} Keras' serialized form of a component, which a spec does not accept because it can refer to any "
        "class; write `Name: {argument: value}`"
    )


def _text_fault(text: str) -> str | None:
    if fault := lookalike_fault(text):
        return fault
    if match := _GLUED.match(text):
        return f"missing space after the colon; write `{match[1]}: ...`"
    if match := _SPACED.match(text):
        return f"missing colon after the name; write `{match[1]}: ...`"
    if not text.strip():
        return "expected a name, got an empty string"
    return None


def _keys_fault(node: Node) -> str:
    first, *others = node.entries
    items = [key for key in others if CLASS_NAME.match(key)]
    if items:
        dashes = "its own dash" if len(items) == 1 else "dashes of their own"
        remedy = f"write {', '.join(items)} after {dashes}"
        remedy += f", or indent it further if it is an argument of {first}" if node.entries[first].value is None else ""
    elif node.entries[first].value is None:
        remedy = f"indent the arguments of {first} further than its name"
    else:
        arguments = ", ".join(f"{key}: ..." for key in others)
        remedy = f"write all arguments of {first} in one mapping: `{first}: {{..., {arguments}}}`"
    return f"expected one key in an item, got {len(node.entries)} ({', '.join(node.entries)}); {remedy}"


def is_item_name(node: Node) -> bool:
    """Return whether an entry of a list is the name of an item of the model, such as `body`, not a component.

    Args:
        node: the entry.
    """
    return node.is_text and not CLASS_NAME.match(str(node.value))
