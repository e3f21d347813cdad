"""Lists of columns in messages and as values of a spec."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_MAX_LISTED = 5
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})


def listed_columns(entries: Sequence[str]) -> str:
    """Return the first entries of a list for a message, with the number of others.

    Example:
        >>> listed_columns(["'a'", "'b'"]), listed_columns(list("abcdefg"))
        ("'a', 'b'", 'a, b, c, d, e and 2 more')
    """
    more = f" and {len(entries) - _MAX_LISTED:,} more" if len(entries) > _MAX_LISTED else ""
    return ", ".join(entries[:_MAX_LISTED]) + more


def yaml_names(names: Sequence[str]) -> str:
    """Return names as a list in YAML, all of them.

    Example:
        >>> yaml_names(["id", "user name", "no"])
        '[id, "user name", "no"]'
    """
    quoted = [name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else json.dumps(name) for name in names]
    return f"[{', '.join(quoted)}]"
