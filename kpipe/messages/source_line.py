"""The source lines of the problems of a spec, with a caret under their places."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from kpipe.errors import DataError, KpipeError, Mark, Problem, SpecError
from kpipe.messages.call_argument import is_command_line
from kpipe.messages.escaped import escaped

#: Most characters of a line that are shown, and those before the place if the line is longer.
_LONGEST, _BEFORE = 100, 40

_INDENT = "    "


class NamedText(str):
    """The name of a spec that is not in a file, such as `<string>`, with its text.

    Args:
        name: the name in messages.
        text: the YAML.

    Example:
        >>> NamedText("<string>", "epochs: 3").text
        'epochs: 3'
    """

    __slots__ = ("text",)

    text: str

    def __new__(cls, name: str, text: str) -> NamedText:
        """Return the name."""
        found = super().__new__(cls, name)
        found.text = text
        return found

    def __reduce__(self) -> tuple[type[NamedText], tuple[str, str]]:
        """Return the arguments, for pickling."""
        return NamedText, (str(self), self.text)


def source_line(mark: Mark) -> list[str]:
    r"""Return the line of a place and a line with carets under it; no lines if the file cannot be read.

    Args:
        mark: the place.

    Example:
        >>> print("\n".join(source_line(Mark(NamedText("<string>", "train: {epochs: 0}"), 1, 17, 1, 18))))
            train: {epochs: 0}
                            ^
    """
    line = _line(mark)
    if line is None or not 1 <= mark.column <= len(line) + 1:
        return []
    start, end = mark.column - 1, mark.end_column - 1 if mark.end_line == mark.line else len(line.rstrip())
    first = max(start - _BEFORE, 0) if len(line) > _LONGEST else 0
    last = min(len(line), first + _LONGEST)
    before, marked = (_shown(line[slice(*ends)]) for ends in ((first, start), (start, min(max(end, start + 1), last))))
    shown = before + marked + _shown(line[min(max(end, start + 1), last) : last])
    text = ("..." if first else "") + shown + ("..." if last < len(line) else "")
    margin = " " * (_width(before) + (3 if first else 0))
    return [f"{_INDENT}{text.rstrip()}", f"{_INDENT}{margin}{'^' * max(_width(marked), 1)}"]


def with_source_line(problem: Problem) -> str:
    """Return a problem as text, with its source line after the message."""
    lines = source_line(problem.mark) if problem.mark is not None else []
    return "\n".join([problem.head, *lines, *problem.notes])


def with_source_lines(error: KpipeError) -> str:
    """Return the message of an error, with the source line of each problem of a spec."""
    if isinstance(error, SpecError | DataError) and str(error) == "\n".join(map(str, error.problems)):
        return "\n".join(map(with_source_line, error.problems))
    return str(error)


@contextmanager
def noted_source_lines() -> Iterator[None]:
    """Add the source lines of a problem to an error that leaves the block, as notes below the traceback in Python.

    The command line prints them by itself.
    """
    try:
        yield
    except (SpecError, DataError) as error:
        if not is_command_line() and not hasattr(error, "__notes__"):
            for mark in dict.fromkeys(problem.mark for problem in error.problems):
                if mark is not None and (lines := source_line(mark)):
                    error.add_note("\n".join([f"{mark}:", *lines]))
        raise


def _line(mark: Mark) -> str | None:
    try:
        if isinstance(mark.file, NamedText):
            lines = mark.file.text.splitlines()
        else:
            status = os.stat(mark.file)  # noqa: PTH116  (the name of a place need not be a path)
            # Reading a pipe would wait for more, and its text has been read already.
            lines = _lines(mark.file, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else []
    except (OSError, ValueError):
        return None
    return lines[mark.line - 1] if mark.line <= len(lines) else None


@lru_cache(maxsize=4)
def _lines(file: str, _modified: int) -> list[str]:
    """Return the lines of a file; a spec can have thousands of problems."""
    return Path(file).read_text(encoding="utf-8-sig").splitlines()


def _shown(text: str) -> str:
    return escaped(text.replace("\t", "    "))


def _width(text: str) -> int:
    """Return the columns of a terminal that a string takes."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    combining = sum(unicodedata.combining(character) > 0 for character in text)
    return len(text) + wide - combining
