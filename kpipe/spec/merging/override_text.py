"""How a value of a spec is set by its path: in a file, on the command line, or in Python."""

from __future__ import annotations

import json
import shlex

from kpipe.errors import Mark
from kpipe.messages.call_argument import is_command_line
from kpipe.spec.node import Node
from kpipe.spec.yaml_text.yaml_scalar import scalar

_LONGEST = 60
_OPTION, _ARGUMENT = "--set ", "overrides["
_OPTIONS = (_OPTION, "--set-env ")


def override_place(override: object, is_option: bool) -> str:
    """Return how messages refer to an override: the `file` of its marks.

    Args:
        override: the string, such as `train.epochs=3`, or the key of a mapping.
        is_option: whether it is that of an option of the command line rather than an argument in Python.

    Example:
        >>> override_place("train.epochs=3", is_option=True), override_place("train.epochs", is_option=False)
        ('--set train.epochs=3', "overrides['train.epochs']")
    """
    return f"{_OPTION}{override}" if is_option else f"{_ARGUMENT}{override!a}]"


def caller_mark() -> Mark:
    """Return a mark of an override as the caller of this process writes it, on the command line or in Python."""
    return Mark(override_place("", is_option=is_command_line()), 1, 1, 1, 1)


def override_text(path: str, value: Node, mark: Mark) -> str:
    """Return how to set a value, in the way in which another one was set.

    Args:
        path: dotted path of the value.
        value: the value; a long one is not shown.
        mark: the place of the other one: in a file, or of an override.

    Example:
        >>> mark = Mark("a.yaml", 1, 1, 1, 2)
        >>> override_text("train.epochs", Node(4, mark), mark)
        'set: {train.epochs: 4}'
        >>> override_text("train.epochs", Node(4, mark), Mark("--set train=", 1, 1, 1, 2))
        '--set train.epochs=4'
    """
    if mark.file.startswith(_ARGUMENT):
        return f"overrides={{{json.dumps(path)}: {_shortened(ascii(value.plain()))}}}"
    text = yaml_text(value)
    return f"{_OPTION}{path}={shlex.quote(text)}" if mark.file.startswith(_OPTIONS) else f"set: {{{path}: {text}}}"


def yaml_text(value: Node) -> str:
    """Return a value as YAML on one line; a long one is not shown.

    Example:
        >>> mark = Mark("a.yaml", 1, 1, 1, 2)
        >>> yaml_text(Node({"SGD": Node({}, mark)}, mark)), yaml_text(Node("a: b", mark)), yaml_text(Node("17", mark))
        ('{SGD: {}}', '"a: b"', '"17"')
    """
    return _shortened(_flow(value))


def _flow(node: Node) -> str:
    if node.is_mapping:
        return f"{{{', '.join(f'{_string(key)}: {_flow(entry)}' for key, entry in node.entries.items())}}}"
    if node.is_list:
        return f"[{', '.join(map(_flow, node.items))}]"
    return _string(node.value) if isinstance(node.value, str) else json.dumps(node.value)


def _string(text: str) -> str:
    is_plain = text.replace("_", "").isalnum() and text.isascii() and isinstance(scalar(text), str)
    return text if is_plain else json.dumps(text)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else "..."
