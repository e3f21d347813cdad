"""A stream of messages whose failure does not stop a training."""

from __future__ import annotations

import io
from typing import TextIO

from kpipe.messages.encodable import encodable


class MessageStream(io.TextIOBase):
    """Write text to a stream, and drop text after a failure of the stream (its reader has exited, its disk is full).

    Characters that the stream cannot encode are written as escapes. A lost message must not stop a training; the log
    contains all messages.

    Args:
        stream: the target; None drops all text, as in a program without standard error.

    Example:
        >>> target = io.StringIO()
        >>> _ = MessageStream(target).write("epoch 1")
        >>> target.getvalue()
        'epoch 1'
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str | None:  # type: ignore[override]
        """The encoding of the stream, by which Rich chooses its characters."""
        return getattr(self._stream, "encoding", None)

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        """Write and flush text, so that a failure is noticed here."""
        if self._stream is not None:
            try:
                self._stream.write(encodable(text, self._stream))
                self._stream.flush()
            except OSError:
                self._stream = None
        return len(text)

    def flush(self) -> None:
        """Do nothing, because `write` flushes."""
