"""The sources of a spec: a file, a shipped spec, standard input, a string of YAML or a mapping."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kpipe.errors import Mark, Problem, SpecError
from kpipe.messages.call_argument import is_command_line
from kpipe.messages.source_line import NamedText
from kpipe.spec.node import Node
from kpipe.spec.python_value import from_python
from kpipe.spec.yaml_text.yaml_reader import MAX_BYTES, read_bytes, read_text

#: The spec on the command line that is read from standard input.
STDIN = "-"


class SpecSource(NamedTuple):
    """A spec that is read without a file.

    Args:
        name: its name in messages; relative paths in it are resolved against the current folder.
        tree: the spec as marked nodes.
    """

    name: str
    tree: Node


def spec_source(given: object, problems: list[Problem]) -> SpecSource | None:
    r"""Return a spec that is read without a file; None for the path of a file and the name of a shipped spec.

    Args:
        given: a mapping; a string of YAML, which contains a line break or begins with `{`; on the command line, `-` for
            standard input.
        problems: receives the problems after which reading continues.

    Raises:
        SpecError: the value has another type, or the YAML or the mapping cannot be read.

    Example:
        >>> spec_source({"name": "a"}, []).tree.plain(), spec_source("name: a\nseed: 1", []).tree.plain()
        ({'name': 'a'}, {'name': 'a', 'seed': 1})
        >>> spec_source("a.yaml", [])
    """
    if isinstance(given, Mapping):
        return SpecSource("<mapping>", _of_mapping(given))
    if isinstance(given, os.PathLike):
        return None
    if not isinstance(given, str):
        message = (
            "expected the path of a YAML file, kpipe:NAME for a shipped spec, a string of YAML, or a mapping, got "
            f"{type(given).__name__}"
        )
        raise SpecError([Problem(None, "", message)])
    if given == STDIN and is_command_line():
        return SpecSource("<stdin>", _of_stdin("<stdin>", problems))
    if "\n" in given or given.lstrip().startswith("{"):
        name = NamedText("<string>", given)
        return SpecSource(name, read_text(given, name, problems=problems))
    return None


def shown_source(given: str | Path) -> str:
    """Return the name of a source in messages, as in the places of its problems.

    Example:
        >>> shown_source("a.yaml")
        'a.yaml'
    """
    return "<stdin>" if given == STDIN and is_command_line() else str(given)


def _of_mapping(given: Mapping[Any, Any]) -> Node:
    return from_python(given, Mark("<mapping>", 1, 1, 1, 2), "")


def _of_stdin(name: str, problems: list[Problem]) -> Node:
    if sys.stdin is None:
        raise SpecError([Problem(None, "", "cannot read <stdin>: it is closed")])
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SpecError([Problem(Mark(name, 1, 1, 1, 1), "", f"cannot read {name}: {reason}")]) from None
    return read_bytes(data, NamedText(name, data.decode("utf-8-sig", "replace")), problems=problems)
