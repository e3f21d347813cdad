"""Components as arguments of a call, such as `--tta Draws=8`."""

from __future__ import annotations

import re

from kpipe.components.inspection.kinds import KINDS
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import Mark, Problem, SpecError
from kpipe.messages.call_argument import call_argument
from kpipe.spec.node import Node
from kpipe.spec.yaml_text.yaml_reader import read_text

#: A class and the value of its first argument.
_PAIR = re.compile(r"(\w+(?:\.\w+)*)=(.*)", re.DOTALL)


def component_text(text: str, kind: str, option: str) -> Node:
    """Return the component of a text: `NAME`, `NAME=VALUE` with the value of its first argument, or YAML.

    Args:
        text: the text, such as `Flip`, `Draws=8` or `Draws: {count: 8}`.
        kind: a name of `KINDS`.
        option: the name of the option, for messages.

    Returns:
        The component, which is not checked.

    Raises:
        SpecError: the text is not YAML, it is empty, or the component has no arguments.

    Example:
        >>> component_text("Draws=8", "view", "tta").plain()
        {'Draws': {'count': 8}}
    """
    place = call_argument(option, text)
    pair = _PAIR.fullmatch(text.strip())
    mark = Mark(place, 1, 1, 1, len(text) + 1)
    if pair is None:
        node = read_text(text, place)
        if node.value is None:
            raise SpecError(
                [Problem(mark, option, f"expected {KINDS[kind]}, got {text!a}; write a name, or remove it")]
            )
        return node
    known = vocabulary().find(kind, pair[1])
    value = read_text(pair[2], place, column_offset=len(pair[1]) + 1)
    if known is None:
        return Node(pair[1], mark, path=option)
    if not known.arguments:
        message = f"{pair[1]} has no arguments; expected {pair[1]}, got {text!a}; write {pair[1]}"
        raise SpecError([Problem(mark, option, message)])
    argument = next(iter(known.arguments))
    arguments = Node({argument: value}, mark, {argument: mark}, f"{option}.{pair[1]}")
    return Node({pair[1]: arguments}, mark, {pair[1]: mark}, option)
