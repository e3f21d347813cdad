"""Escapes for characters that change how a terminal displays other text."""

from __future__ import annotations

import re
from collections.abc import Callable

#: Controls (C0, DEL, C1), characters without width, line and paragraph separators, embeddings, overrides and isolates
#: of bidirectional text, annotations, tags, and lone surrogates (the bytes of file names that are not UTF-8).
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff]"
)


def _as_python(character: str) -> str:
    return ascii(character)[1:-1]


def escaped(text: str, keep: str = "", spell: Callable[[str], str] = _as_python) -> str:
    r"""Replace characters that terminals interpret by escapes such as `\x1b`, `\n` and `\u202e`.

    Args:
        text: a name from the data, or, with `keep`, a whole message.
        keep: characters to keep, such as the line breaks of a message.
        spell: function that returns the escape of a character.

    Example:
        >>> print(escaped("a\x1b[31mb\nc\u202e"))
        a\x1b[31mb\nc\u202e
    """
    return _UNSAFE.sub(lambda match: match[0] if match[0] in keep else spell(match[0]), text)
