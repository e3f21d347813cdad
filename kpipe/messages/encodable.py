"""Text that the encoding of a stream can represent."""

from __future__ import annotations

from typing import Any


def encodable(text: str, stream: Any) -> str:
    r"""Return a text with every character that a stream cannot encode as an escape such as `\u4e2d`.

    Args:
        text: the text to write.
        stream: has an `encoding`, such as `cp1252` or `ascii`; one without accepts every text.

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
