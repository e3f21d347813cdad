"""Paths of files and folders in a spec."""

from __future__ import annotations

import os
import re
from pathlib import Path

from kpipe.errors import SpecError
from kpipe.spec.environment_call import environment_call
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at

#: `${NAME}` anywhere, and `$NAME` or `%NAME%` as the first folder.
_ENVIRONMENT = re.compile(r"\$\{(?:oc\.)?(?:env:)?(\w+)\}|^\$([A-Za-z_]\w*)(?=[/\\]|$)|^%(\w+)%(?=[/\\]|$)")


def path_of(node: Node) -> Path:
    """Return the absolute path of a string; a relative path is resolved against the folder of the file with the string.

    Args:
        node: the string; `~` and `~user` at its beginning are home folders, environment variables are not replaced.

    Raises:
        SpecError: the home folder is unknown; or the path does not exist, and contains a name such as `${DATA}`.
    """
    try:
        path = Path(str(node.value)).expanduser()
    except RuntimeError:
        message = f"{node.value!r}: unknown home folder; write the absolute path"
        raise SpecError([problem_at(node, message)]) from None
    if not path.is_absolute():
        path = Path(os.path.realpath(node.origin or node.mark.file)).parent / path
    path = Path(os.path.normpath(path))
    if (match := _ENVIRONMENT.search(str(node.value))) and not os.path.exists(path):  # noqa: PTH110
        message = f"environment variables such as {match[0]} are not replaced in a path"
        raise SpecError([problem_at(node, f"{message}; {_remedy(node, match)}")])
    return path


def _remedy(node: Node, match: re.Match[str]) -> str:
    if node.path.partition(".")[0] in ("extends", "imports"):  # they are read before variables
        return "write the path"
    text = str(node.value)
    before, after = text[: match.start()], text[match.end() :]
    parts = (f"'{before}'" if before else "", "root", f"'{after}'" if after else "")
    expression = " + ".join(part for part in parts if part)
    call = environment_call("vars.root", match[1] or match[2] or match[3])
    return f"write `={expression}` with a variable `root` under vars, and set it by {call}"


def is_override(node: Node) -> bool:
    """Return whether a string was set on the command line or in Python, not in a file or by an expression."""
    return node.origin is not None and node.expression is None
