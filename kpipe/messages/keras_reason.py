"""Extraction of the reason from the message of a Keras error."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_MARKER = re.compile(r"(?:Error|Exception) encountered:")
#: Long strings without spaces, such as the code of a lambda in a configuration.
_BLOB = re.compile(r"\S{100,}")
_FRAME = ("Exception encountered", "Arguments received")


def keras_reason(error: Exception) -> str:
    """Return the reason of an error of a layer as one line without a full stop.

    Args:
        error: an exception raised by Keras or by the code of a layer.

    Example:
        >>> keras_reason(TypeError("Exception encountered: no argument 'unit'."))
        "no argument 'unit'"
    """
    text = _ESCAPE.sub("", str(error)).partition("Full object config")[0]
    # The message of the code of the layer comes last.
    paragraphs = [" ".join(part.split()) for part in _MARKER.split(text)[-1].split("\n\n") if part.strip()]
    reason = next((part for part in paragraphs if not part.startswith(_FRAME)), "").rstrip(".")
    reason = _BLOB.sub("...", reason)
    return _without_batch(reason) if reason else type(error).__name__


def _without_batch(reason: str) -> str:
    """Rephrase Keras' message about a shape without the batch axis, which a spec does not contain."""
    if match := re.search(r"expected (min_|max_)?ndim=(\d+), found ndim=(\d+)", reason):
        word = {"min_": "at least ", "max_": "at most ", None: ""}[match[1]]
        return f"expected {word}{int(match[2]) - 1} dimensions besides the batch, got {int(match[3]) - 1}"
    if match := re.search(r"expected axis (-?\d+) of input shape to have value (\d+)", reason):
        return f"expected the size {match[2]} along axis {match[1]}"
    return reason
