"""The files and folders that a spec names."""

from __future__ import annotations

import os
from pathlib import Path

from kpipe.errors import Problem, SpecError
from kpipe.spec.node import Node


def path_of(node: Node) -> Path:
    """The absolute path that a text stands for; a relative one starts from the folder of the file that holds it.

    Args:
        node: the text; `~` stands for the home folder.

    Raises:
        SpecError: there is no such home folder.
    """
    try:
        path = Path(str(node.value)).expanduser()
    except RuntimeError:
        message = f"{node.value!r}: no home folder of this user is known; write the whole path"
        raise SpecError([Problem(node.mark, node.path, message, related=node.chain)]) from None
    if not path.is_absolute():
        path = Path(os.path.realpath(node.origin or node.mark.file)).parent / path
    return Path(os.path.normpath(path))


def is_override(node: Node) -> bool:
    """Whether a text was given on the command line or in Python as it is, not in a file and not by an expression."""
    return node.origin is not None and node.expression is None
