"""Explanations of syntax errors of YAML at the place of their cause."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import yaml

from kpipe.errors import Mark, Problem
from kpipe.spec.lookalikes import lookalike

_GLUED_LINE = re.compile(r"\s*(?:- )?([A-Za-z_]\w*)(:| )(?!//)([^\s:#\[{=][^:#]*)$")
#: A comment, or a string in quotes.
_NOT_SYNTAX = re.compile(r"""(?:^|(?<=[ \t]))#.*|"(?:[^"\\]|\\.)*"|'[^']*'""")
#: The beginning of a line up to the character after a key and its colon.
_KEY_BEGIN = re.compile(r"\W*\w+:?.?")
_GLUED_DASH = re.compile(r"\s*(-)([A-Za-z]\S*)")
#: The text of a line up to the colon of its second key, such as `batch_size: 8, test`.
_SECOND_KEY = re.compile(r"\s*(?:- )*\w+:\s.*(,)\s*\w+\s*$")
_COMMA_MESSAGE = "a comma separates keys only in {...}; write each key on its own line"

#: A double-quoted string such as `"C:\\data"`, whose backslashes begin escapes.
_WINDOWS_PATH = re.compile(r'"[A-Za-z]:\\[\w.]{2}')

_WINDOWS_PATH_MESSAGE = (
    "a backslash begins an escape in double quotes; write a path of Windows with / or in single quotes"
)


def windows_path_fault(line: str, start: int = 0) -> str | None:
    """Return the message about a path of Windows in double quotes, whose backslashes begin escapes; None for others.

    Args:
        line: a line of YAML.
        start: the index at which the string begins; by default the path is searched in the whole line.
    """
    found = _WINDOWS_PATH.search(line) if start == 0 else _WINDOWS_PATH.match(line, start)
    return _WINDOWS_PATH_MESSAGE if found else None


class YamlSyntax:
    """The problems of YAML that PyYAML cannot parse.

    Args:
        lines: the lines of the document.
        file: the file name in the marks.
        column_offset: added to the columns of the first line.

    Example:
        >>> try:
        ...     yaml.safe_load("a: 'b")
        ... except yaml.MarkedYAMLError as error:
        ...     print(YamlSyntax(["a: 'b"], "a.yaml", 0).problem(error))
        a.yaml:1:4: not YAML: this quote is not closed
    """

    def __init__(self, lines: Sequence[str], file: str, column_offset: int) -> None:
        self.lines, self.file, self.offset = lines, file, column_offset

    def _glued_line(self, error: yaml.MarkedYAMLError) -> Problem | None:
        """Return the problem of a line such as `epochs:60` or `epochs 60` at or shortly before a syntax error."""
        place = error.problem_mark
        if place is None or "flow" in (error.context or ""):
            return None
        for number in range(min(place.line, len(self.lines) - 1), max(place.line - 3, -1), -1):
            if dash := _GLUED_DASH.match(self.lines[number]):
                column = dash.start(1) + 1
                mark = Mark(self.file, number + 1, column, number + 1, column + 1)
                return Problem(mark, "", f"not YAML: missing space after the dash; write `- {dash[2]}`")
            match = _GLUED_LINE.match(self.lines[number])
            if match:
                column = match.start(1) + 1
                mark = Mark(self.file, number + 1, column, number + 1, match.end() + 1)
                what = "missing space after the colon" if match[2] == ":" else "missing colon after the name"
                return Problem(mark, "", f"not YAML: {what}; write `{match[1]}: {match[3]}`")
        return None

    def _lookalike(self, error: yaml.MarkedYAMLError) -> Problem | None:
        """Return the problem of a character such as a full-width colon in the lines of a syntax error."""
        numbers = [mark.line for mark in (error.context_mark, error.problem_mark) if mark is not None]
        lines = range(max(min(numbers) - 1, 0), min(max(numbers) + 1, len(self.lines))) if numbers else ()
        for number in lines:
            # Comments and strings in quotes can contain any character; the line before is only the cause at its key.
            text = _NOT_SYNTAX.sub(lambda match: " " * len(match[0]), self.lines[number])
            if number < min(numbers):
                text = match[0] if (match := _KEY_BEGIN.match(text)) else ""
            if found := lookalike(text):
                column = found[0] + 1 + (self.offset if number == 0 else 0)
                return Problem(Mark(self.file, number + 1, column, number + 1, column + 1), "", f"not YAML: {found[1]}")
        return None

    def escape_problem(self) -> Problem:
        """Return the problem of the first escape that is not a Unicode code point."""
        for number, line in enumerate(self.lines, 1):
            for match in re.finditer(r"\\U([0-9a-fA-F]{8})", line):
                if int(match[1], 16) > sys.maxunicode:
                    mark = Mark(self.file, number, match.start() + 1, number, match.end() + 1)
                    return Problem(mark, "", f"not YAML: {match[0]} is not a Unicode character")
        return Problem(
            Mark(self.file, 1, 1, 1, 1), "", "not YAML: an escape in a quoted string is not a Unicode character"
        )

    def problem(self, error: yaml.MarkedYAMLError) -> Problem:
        """Return the problem of a syntax error, at the place of its probable cause.

        Args:
            error: the error, which is changed.
        """
        probable = self._lookalike(error) or self._glued_line(error) or self._unclosed_bracket(error)
        if probable is not None:
            return probable
        place = error.problem_mark or error.context_mark
        opened = error.context_mark
        if opened is not None and "quoted scalar" in (error.context or "") and "end of stream" in (error.problem or ""):
            place = opened
            error.problem, error.context = "this quote is not closed", None
        if opened is not None and "could not find expected ':'" in (error.problem or ""):
            return self._missing_colon(opened)
        line, column = (place.line + 1, self._column(place)) if place is not None else (1, 1)
        mark = Mark(self.file, line, column, line, column + 1)
        text = error.problem or "unreadable"
        if "'\\t'" in text or "\\t" in text:
            before = self.lines[line - 1][: place.column].strip() if place is not None else ""
            what = "a tab after the dash; use a space" if before.strip(" \t-") == "" else "a tab; use a space"
            return Problem(mark, "", f"not YAML: {what if before else 'indentation by a tab; use spaces'}")
        if (found := self._block_fault(error)) is not None:
            return found
        if "mapping values are not allowed" in text:
            text = (
                "unexpected colon; check whether the line above has the same indentation, a dash is missing, or a "
                "string with `: ` is not quoted"
            )
        elif re.search(r"but got '[\[{]'", text) and (name := re.search(r"\$\{(\w+)", self.lines[line - 1])):
            text += f"; write ={name[1]} for a variable"
        elif re.search(r"but got '[\[{]'", text):
            text += "; quote an expression that contains brackets"
        if "flow" in (error.context or "") and error.context_mark is not None:
            text += self._comment_hint(error.context_mark.line, line)
        elif "escape" in text and (fault := windows_path_fault(self.lines[line - 1])) is not None:
            return Problem(mark, "", f"not YAML: {fault}")
        context = f" ({error.context})" if error.context else ""
        return Problem(mark, "", f"not YAML: {text}{context}")

    def _unclosed_bracket(self, error: yaml.MarkedYAMLError) -> Problem | None:
        """Return the problem of a bracket that is not closed on the lines before an error; None for any other error."""
        place, opened = error.problem_mark or error.context_mark, error.context_mark
        if opened is None or place is None or "flow" not in (error.context or "") or place.line <= opened.line:
            return None
        bracket = self.lines[opened.line][opened.column : opened.column + 1]
        mark = Mark(self.file, opened.line + 1, self._column(opened), opened.line + 1, self._column(opened) + 1)
        comment = self._comment_hint(opened.line, place.line + 1)
        message = (
            f"not YAML: this {bracket} is not closed before line {place.line + 1}, column {self._column(place)}; "
            f"close it, or look for a missing comma or quote in between{comment}"
        )
        return Problem(mark, "", message)

    def _comment_hint(self, first: int, end: int) -> str:
        """Return the remedy for a comment in a range of lines that may have cut a string; empty if there is none."""
        is_cut = any(" #" in line for line in self.lines[first:end])
        return "; ` #` begins a comment, so quote a string that contains it" if is_cut else ""

    def _block_fault(self, error: yaml.MarkedYAMLError) -> Problem | None:
        """Return the problem of an item without a dash, or of keys on one line; None for any other error."""
        place = error.problem_mark
        if place is None or place.line >= len(self.lines):
            return None
        text, line = error.problem or "", self.lines[place.line]
        key = _SECOND_KEY.match(line[: place.column]) if "mapping values are not allowed" in text else None
        start, end = (key.start(1), key.end(1)) if key is not None else (place.column, place.column + 1)
        if text.endswith("but found '?'") and error.context == "while parsing a block collection":
            message, end = f"missing dash; write `- {line[start:].partition(':')[0].rstrip()}:`", len(line.rstrip())
        elif key is not None or (text.endswith("but found ','") and error.context == "while parsing a block mapping"):
            message = _COMMA_MESSAGE
        else:
            return None
        offset = self.offset if place.line == 0 else 0
        mark = Mark(self.file, place.line + 1, start + 1 + offset, place.line + 1, end + 1 + offset)
        return Problem(mark, "", f"not YAML: {message}")

    def _missing_colon(self, place: Any) -> Problem:
        """Return the problem of a line that begins a mapping or continues one, without a colon."""
        text = self.lines[place.line].rstrip()
        column = self._column(place)
        mark = Mark(self.file, place.line + 1, column, place.line + 1, len(text) + 1)
        name = text[place.column :]
        return Problem(mark, "", f"not YAML: missing colon after {name!r}; write `{name}:`")

    def _column(self, mark: Any) -> int:
        return column_of(mark, self.offset)


def column_of(mark: Any, offset: int) -> int:
    """Return the column of a mark of PyYAML, from 1; the offset is that of the first line."""
    return int(mark.column + 1 + (offset if mark.line == 0 else 0))
