"""Escapes for characters that a stream cannot encode."""

from __future__ import annotations

from typing import Any


def encodable(text: str, stream: Any) -> str:
    r"""Replace characters that a stream cannot encode by escapes such as `\u4e2d`.

    Args:
        text: the string to write.
        stream: a stream with an `encoding`, such as `cp1252` or `ascii`; without one, the string is not changed.

    Example:
        >>> import io
        >>> print(encodable("caf\u00e9 \u4e2d", io.TextIOWrapper(io.BytesIO(), "latin-1")).encode("ascii", "replace"))
        b'caf? \\u4e2d'
    """
    encoding = getattr(stream, "encoding", None)
    if encoding is None:
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    return text
