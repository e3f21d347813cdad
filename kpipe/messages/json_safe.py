"""JSON that is safe for terminals."""

from __future__ import annotations

import json
import re
from typing import Any

from kpipe.messages.encodable import encodable
from kpipe.messages.escaped import escaped

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def json_safe(text: str, stream: Any = None) -> str:
    r"""Replace characters that terminals interpret in a JSON document by escapes, without changing its value.

    Args:
        text: a JSON document, as `json.dumps` returns it.
        stream: the stream to write to; if its encoding cannot represent the document, the result is ASCII.

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
