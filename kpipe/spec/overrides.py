"""Overrides: values from the command line or from Python that replace values of a spec."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpipe.errors import Mark, Problem, SpecError
from kpipe.messages.call_argument import is_command_line
from kpipe.spec.environment_override import EnvironmentOverride
from kpipe.spec.merging.override_text import override_place
from kpipe.spec.node import Node
from kpipe.spec.python_value import from_python, key_from_python
from kpipe.spec.yaml_text.yaml_reader import read_text

#: A path and a value in the syntax of YAML.
_PAIR = re.compile(r"([A-Za-z][\w.]*)\s*:\s*(.+)$")
#: The path, the value and the place of the path.
Override = tuple[str, Node, Mark]


def read_overrides(overrides: Sequence[str] | Mapping[str, Any], problems: list[Problem]) -> list[Override]:
    """Return overrides as marked nodes.

    Args:
        overrides: strings `PATH=VALUE` with values in YAML, as on the command line, or `EnvironmentOverride`s; or a
            mapping from path to value.
        problems: receives the problems of single overrides, which are omitted.

    Raises:
        SpecError: they are neither strings nor a mapping.

    Example:
        >>> [(path, value.plain()) for path, value, _ in read_overrides(["train.epochs=3"], [])]
        [('train.epochs', 3)]
    """
    if isinstance(overrides, str):
        overrides = [overrides]
    found: list[Override] = []
    if isinstance(overrides, Mapping):
        for path, value in overrides.items():
            try:
                found.append(_python_override(path, value))
            except SpecError as error:
                problems += error.problems
        return found
    if not isinstance(overrides, Sequence) or isinstance(overrides, bytes | bytearray | memoryview):
        got = type(overrides).__name__
        message = f"expected a mapping from path to value, or a list of strings PATH=VALUE, got {got}"
        raise SpecError([Problem(Mark("overrides", 1, 1, 1, 1), "", message)])
    for text in overrides:
        try:
            found.append(_string_override(text))
        except SpecError as error:
            problems += error.problems
    return found


def _string_override(text: object) -> Override:
    if isinstance(text, EnvironmentOverride):
        path, node, mark = text.read()
        _set_origin(node)
        return path, node, mark
    if not isinstance(text, str):
        message = f"expected a string PATH=VALUE, got {type(text).__name__} ({ascii(text)[:60]})"
        raise SpecError([Problem(Mark("overrides", 1, 1, 1, 1), "", message)])
    path, equals, value = text.partition("=")
    file = override_place(text, is_option=is_command_line())
    mark = Mark(file, 1, 1, 1, len(path) + 1)
    if not equals:
        pair = _PAIR.match(text)
        remedy = f"; write {pair[1]}={pair[2]}" if pair else ""
        raise SpecError([Problem(mark, path, f"missing `=`; expected PATH=VALUE, got {text!a}{remedy}")])
    node = read_text(value, file, column_offset=len(path) + 1)
    _set_origin(node)
    return path, node, mark


def _python_override(key: object, value: Any) -> Override:
    path = key_from_python(key, Mark(override_place(key, is_option=False), 1, 1, 1, 2), "")
    mark = Mark(override_place(path, is_option=False), 1, 1, 1, len(path) + 1)
    node = from_python(value, mark, path)
    _set_origin(node)
    return path, node, mark


def _set_origin(node: Node) -> None:
    """Resolve relative paths from the command line or Python against the current folder."""
    for part in node.walk():
        part.origin = str(Path.cwd() / "-")
