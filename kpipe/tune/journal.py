"""The journal of a sweep: every proposal and every score, from which a sweep continues."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kpipe.atomic import synchronize
from kpipe.errors import DataError, TrainingError

Event = dict[str, Any]


class Journal:
    """A file with one event per line, which is on the disk before the event has any effect.

    A line that a kill or a full disk has cut off is removed when the file is opened again; it had no effect.

    Args:
        path: the file, which is created if it is missing.

    Attributes:
        events: the events of earlier starts.

    Raises:
        DataError: a line is not an event.
        TrainingError: the file cannot be read or written.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "journal.jsonl"
        >>> with Journal(path) as journal:
        ...     journal.append({"event": "stop"})
        >>> with Journal(path) as journal:
        ...     journal.events
        [{'event': 'stop'}]
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            is_new = not path.exists()
            self._file = path.open("ab+")
            self._file.seek(0)
            content = self._file.read()
            whole = content[: content.rfind(b"\n") + 1]
            if whole != content:
                self._file.truncate(len(whole))
            os.fsync(self._file.fileno())
            if is_new:
                synchronize(path.parent)
        except OSError as error:
            raise self._failed(error) from error
        try:
            self.events = [self._event(number, line) for number, line in enumerate(whole.splitlines(), start=1)]
        except DataError:
            self.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def append(self, event: Mapping[str, Any]) -> None:
        """Write an event; it is on the disk when this returns.

        Raises:
            TrainingError: it cannot be written.
        """
        try:
            self._file.write(json.dumps(event, allow_nan=False).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:  # it contains what a full disk has refused, which `append` has reported
            if not self._file.closed:
                raise self._failed(error) from error

    def _event(self, number: int, line: bytes) -> Event:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if not isinstance(event, dict) or "event" not in event:
            message = "this line is not an event of a sweep; restore the file, or begin a new sweep in another folder"
            raise DataError(f"{self._path}:{number}: {message}")
        return event

    def _failed(self, error: OSError) -> TrainingError:
        return TrainingError(f"{self._path} cannot be written: {error.strerror}; make space and resume the sweep")
