"""Paths of files and folders in a spec."""

from __future__ import annotations

import os
from pathlib import Path

from kpipe.errors import SpecError
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at


def path_of(node: Node) -> Path:
    """Return the absolute path of a string; a relative path is resolved against the folder of the file with the string.

    Args:
        node: the string; `~` and `~user` are home folders.

    Raises:
        SpecError: the home folder is unknown.
    """
    try:
        path = Path(str(node.value)).expanduser()
    except RuntimeError:
        message = f"{node.value!r}: unknown home folder; write the absolute path"
        raise SpecError([problem_at(node, message)]) from None
    if not path.is_absolute():
        path = Path(os.path.realpath(node.origin or node.mark.file)).parent / path
    return Path(os.path.normpath(path))


def is_override(node: Node) -> bool:
    """Return whether a string was set on the command line or in Python, not in a file or by an expression."""
    return node.origin is not None and node.expression is None
