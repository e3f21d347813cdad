"""Output of the messages and results of a command or run, to streams and the log."""

from __future__ import annotations

import contextlib
import io
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TextIO

from kpipe.errors import KpipeError, TrainingError
from kpipe.messages.encodable import encodable
from kpipe.messages.escaped import escaped
from kpipe.messages.json_safe import json_safe
from kpipe.messages.message_stream import MessageStream
from kpipe.messages.source_line import with_source_lines

#: Control characters that are allowed in messages; all others originate from data.
LAYOUT = "\n\t"


class Reporter:
    """Print messages and progress to standard error, results to standard output, and both to the log of a run.

    Characters that a stream cannot encode, or that terminals interpret, are written as escapes; CSV is escaped only
    for terminals.

    Args:
        quiet: whether to print only results, default False.
        messages: the stream of messages; by default standard error until it fails.
        results: the stream of results; by default standard output.
        terminal: whether `messages` is a terminal; by default detected.

    Attributes:
        is_silent: whether it prints nothing, not even results.

    Example:
        >>> Reporter(quiet=True).show("accuracy 0.98")
        accuracy 0.98
    """

    def __init__(
        self,
        quiet: bool = False,
        messages: TextIO | MessageStream | None = None,
        results: TextIO | None = None,
        terminal: bool | None = None,
    ) -> None:
        self.quiet = quiet
        self.messages = messages or MessageStream(sys.stderr)
        self.results = results or sys.stdout
        self.terminal = self.messages.isatty() if terminal is None else terminal
        self.is_silent = False
        self._log: Path | None = None
        self._before_log: list[str] = []
        self._kept: list[str] | None = []

    @classmethod
    def silent(cls) -> Reporter:
        """Return a reporter that prints nothing, writes the log, and issues warnings as Python warnings."""
        reporter = cls(quiet=True, messages=io.StringIO(), results=io.StringIO())
        reporter.is_silent = True
        return reporter

    def log_to(self, path: Path | None) -> None:
        """Append everything that is reported to a file, including earlier messages without a log.

        Args:
            path: the file; None at the end of a run, to keep later messages for the log of the next run.
        """
        self._log = path
        if path is None:
            self._kept = []
        pending, self._before_log = self._before_log, []
        for text in pending:
            self.note(text)

    @contextlib.contextmanager
    def logging_to(self, path: Path) -> Iterator[None]:
        """Append everything that is reported inside the block to a file, and an error that ends it.

        The caller prints the error, but the log is also read alone.

        Args:
            path: the file; see `log_to`.
        """
        self.log_to(path)
        try:
            yield
        except Exception as error:
            with contextlib.suppress(TrainingError):
                self.note(_logged(error))
            raise
        finally:
            self.log_to(None)

    def take_messages(self) -> list[str]:
        """Return the messages since the last run, also those without a log, and keep no more until this run ends."""
        kept, self._kept = self._kept or [], None
        return kept

    def say(self, text: str) -> None:
        """Print a message."""
        self._keep(text)
        if not self.quiet:
            print(encodable(escaped(text, LAYOUT), self.messages), file=self.messages, flush=True)
        self.note(text)

    def warn(self, text: str) -> None:
        """Print a message also if `quiet`."""
        self._keep(text)
        if self.is_silent:
            warnings.warn(escaped(text, LAYOUT), stacklevel=2)
        else:
            print(encodable(escaped(text, LAYOUT), self.messages), file=self.messages, flush=True)
        self.note(text)

    def show(self, text: str, form: Literal["text", "csv", "json", "yaml"] = "text") -> None:
        """Print a result.

        Args:
            text: the lines.
            form: their format; values in JSON remain exact, those in CSV and YAML except on a terminal.

        Raises:
            BrokenPipeError: the reader of the results has exited.
            TrainingError: the results cannot be written, as on a full disk.
        """
        try:
            print(self._shown(text, form), file=self.results, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise TrainingError(f"the result cannot be printed: {error.strerror or error}") from error
        finally:
            self.note(text)

    @property
    def shows_on_terminal(self) -> bool:
        """Whether results are written to a terminal; False in a program without standard output."""
        return self.results is not None and self.results.isatty()

    def _keep(self, text: str) -> None:
        if self._kept is not None:
            self._kept.append(escaped(text, LAYOUT))

    def _shown(self, text: str, form: str) -> str:
        if form == "json":
            return json_safe(text, self.results)
        exact = form in ("csv", "yaml") and not self.shows_on_terminal
        return encodable(text if exact else escaped(text, LAYOUT), self.results)

    def note(self, text: str) -> None:
        """Write a line only to the log, for example if a progress bar has printed it already."""
        if self._log is None:
            self._before_log.append(text)
        else:
            try:
                with self._log.open("a", encoding="utf-8") as log:
                    log.write(escaped(text, LAYOUT) + "\n")
            except OSError as error:
                raise TrainingError(f"{self._log} cannot be written: {error.strerror or error}") from error


def _logged(error: Exception) -> str:
    """Return the message of an error, with the traceback if it is not a message for the user."""
    return (
        with_source_lines(error)
        if isinstance(error, KpipeError)
        else "".join(traceback.format_exception(error)).rstrip()
    )
