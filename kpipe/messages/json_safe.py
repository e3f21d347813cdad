"""JSON that is safe for terminals."""

from __future__ import annotations

import json
import re
from typing import Any

from kpipe.messages.encodable import encodable
from kpipe.messages.escaped import escaped

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def json_safe(text: str, stream: Any = None) -> str:
    r"""Return a JSON document of the same value with escapes such as `\u202e` for characters that terminals interpret.

    Args:
        text: JSON, as `json.dumps` returns it.
        stream: where it is written; if its encoding cannot represent the text, the result is ASCII.

    Example:
        >>> print(json_safe('["a\u202eb"]'))
        ["a\u202eb"]
    """
    safe = escaped(text, keep="\n", spell=_as_json)
    if encodable(safe, stream) == safe:
        return safe
    return _NOT_ASCII.sub(lambda match: _as_json(match[0]), safe)


def _as_json(character: str) -> str:
    return json.dumps(character)[1:-1]
