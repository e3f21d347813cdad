"""A stream of messages whose failure stops nothing."""

from __future__ import annotations

import io
from typing import TextIO

from kpipe.messages.encodable import encodable


class MessageStream(io.TextIOBase):
    """Passes text on to a stream, and drops it once that stream fails (its reader has gone, its disk is full).

    Characters that the stream cannot encode are written as escapes.

    No message is worth a training that has run for hours, and the log has them all.

    Args:
        stream: where the text goes; None drops it all, as where a program was started without standard error.

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
        """That of the stream, so that what is drawn is chosen from its characters."""
        return getattr(self._stream, "encoding", None)

    def writable(self) -> bool:
        """It always takes text."""
        return True

    def isatty(self) -> bool:
        """Whether it redraws lines."""
        return self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        """Passes text on, and the whole of it at once, so that a failure shows here."""
        if self._stream is not None:
            try:
                self._stream.write(encodable(text, self._stream))
                self._stream.flush()
            except OSError:
                self._stream = None
        return len(text)

    def flush(self) -> None:
        """Everything has been passed on already."""
