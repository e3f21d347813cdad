"""Text that a stream's encoding can hold."""

from __future__ import annotations

from typing import Any


def encodable(text: str, stream: Any) -> str:
    r"""A text with every character that a stream cannot encode written as Python writes it, such as `\u4e2d`.

    Args:
        text: to be written.
        stream: with an `encoding`, such as `cp1252` or `ascii`; one without takes every text.

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
