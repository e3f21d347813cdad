"""Detection of text that PyYAML reads differently from YAML 1.2, by PyYAML's events."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

#: Line breaks of YAML 1.1 and PyYAML that are characters in YAML 1.2, and byte order marks inside a string.
_BREAKS = re.compile("[\x85\u2028\u2029\ufeff]")
_COMMENT = re.compile(r"(?<![^ \t\n])#[^\n]*")
_QUIET_GAP = re.compile(r"[ ,:\-\]\[{}]*\Z")
_LINE = re.compile(r"\n([ \t]*)")
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:[ \t]+#[^\n]*)?\s*)*")
_HEADER = re.compile(r"[|>](?:[-+]?([1-9]?)|([1-9])[-+])(?:[ \t]+#[^\n]*|[ \t]*)(?:\n|\Z)")
_BLANK_LINES = re.compile(r"((?: *\n)*)( *)")
_DIRECTIVE = re.compile(r"^%[^\n]*", re.MULTILINE)
_VERSION = re.compile(r"%YAML[ \t]+1\.2(?:[ \t]+#.*|[ \t]*)$")
_NAME = re.compile(r"[&*][0-9A-Za-z_-]*")
_AFTER_TOKEN = frozenset(" \t\n,[]{}")


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been reached.

    Args:
        is_flow: whether it is in flow style.
        is_mapping: whether it is a mapping.
        required: least indentation of continuation lines of its values.
        is_key_next: for a mapping, whether the next node is a key.
    """

    is_flow: bool = False
    is_mapping: bool = False
    required: int = 0
    is_key_next: bool = False


class Exactness:
    """Collects the places of a YAML string that PyYAML does not read as YAML 1.2.2 requires.

    PyYAML and libyaml accept a comment without a space before its `#`, a string in a flow collection that begins with
    `?` as a key, and lines of flow collections and quoted strings at any indentation; they end names of anchors too
    early. The rules are from https://yaml.org/spec/1.2.2. One deviation is accepted, since it is common and
    unambiguous: a closing bracket in the column of the key of its collection.

    Args:
        text: the complete string, with line feeds as line breaks.

    Example:
        >>> exactness = Exactness("[a]#b")
        >>> for event in yaml.parse("[a]#b", Loader=yaml.SafeLoader):
        ...     exactness.follow(event)
        >>> exactness.found
        [(3, 'missing space before `#`; write ` #` for a comment, or quote the string')]
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[tuple[int, str]] = []
        self._end = 0  # of the last event
        self._empty_key = False
        self._open = [_Open()]
        for match in {match[0]: match for match in _BREAKS.finditer(text)}.values():
            code = ascii(match[0])[1:-1].replace("\\x", "\\u00")
            message = f'other YAML parsers read an unescaped {code} differently; write "{code}" in double quotes'
            self._add(match.start(), message)

    def follow(self, event: Any) -> None:
        """Check the text up to the end of the next event."""
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.DocumentStartEvent):
            start = end  # the event includes the directives before `---`
        if self._end < start and not _QUIET_GAP.match(self.text, self._end, start):
            self._gap(start)
        if isinstance(event, yaml.NodeEvent):
            self._node(event, start, end)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        self._end = max(self._end, end)

    def _node(self, event: Any, start: int, end: int) -> None:
        parent = self._open[-1]
        if parent.is_flow and parent.is_mapping:
            self._pair(parent.is_key_next, start, end)
        parent.is_key_next = parent.is_mapping and not parent.is_key_next
        if event.anchor is not None:
            self._name(start)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, start, end, parent)
        elif not isinstance(event, yaml.AliasEvent):
            self._begin(event, parent)

    def _begin(self, event: Any, parent: _Open) -> None:
        is_mapping, is_flow = isinstance(event, yaml.MappingStartEvent), bool(event.flow_style)
        required = parent.required
        if not is_flow:
            # The event of a sequence in its parent's column ends after the dash, all others before the first item.
            is_after_dash = not is_mapping and not self.text.startswith("-", event.end_mark.index)
            required = event.end_mark.column + (0 if is_after_dash else 1)
        self._open.append(_Open(is_flow, is_mapping, required, is_mapping))

    def _gap(self, end: int) -> None:
        """Check the text between two nodes: indicators, comments and directives."""
        begin = self._end
        gap = self.text[begin:end]
        if "#" in gap:
            before = " " if begin == 0 or self.text[begin - 1] in " \t\n" else "x"
            gap = _COMMENT.sub(lambda match: " " * len(match[0]), before + gap)[1:]
        if "#" in gap:
            self._add(begin + gap.index("#"), "missing space before `#`; write ` #` for a comment, or quote the string")
        if len(self._open) == 1 and "%" in gap:
            self._directives(begin, gap)
        if self._open[-1].is_flow:
            self._lines(gap, begin)

    def _directives(self, begin: int, gap: str) -> None:
        for match in _DIRECTIVE.finditer(gap):
            if not _VERSION.match(match[0]):
                name = match[0].split()[0]
                self._add(begin + match.start(), f"the directive {name} is not allowed; remove it, or write %YAML 1.2")

    def _lines(self, part: str, begin: int) -> None:
        """Check the indentation of continuation lines of a flow collection or a quoted string."""
        for match in _LINE.finditer(part):
            following = self.text[begin + match.end() : begin + match.end() + 1]
            spaces = len(match[1]) - len(match[1].lstrip(" "))
            required = self._open[-1].required
            if following in ("", "\n") or spaces >= required - (following in "]}"):
                continue
            tab = " (tabs do not count)" if "\t" in match[1] else ""
            message = (
                f"a continuation line of this value is indented by {spaces}{tab}; indent it by at least {required}"
            )
            self._add(begin + match.end(), message)
            return

    def _pair(self, is_key: bool, start: int, end: int) -> None:
        """Check the indicators `?` and `:` of a flow mapping."""
        if not is_key:
            colon = self.text.rfind(":", self._end, start)
            if self._empty_key and colon >= 0 and self.text[colon + 1 : colon + 2] not in _AFTER_TOKEN:
                self._add(colon, "missing key before `:`; quote a string that begins with `:`")
            return
        self._empty_key = start == end
        following = self.text[start : start + 1]
        if start and self.text[start - 1] == "?" and not (self._empty_key and following in " \t\n"):
            self._add(start - 1, "missing space after `?`; quote a string that begins with `?`")

    def _name(self, start: int) -> None:
        """Check the name of an anchor or an alias, which PyYAML ends too early."""
        match = _NAME.match(self.text, start)
        following = self.text[match.end() : match.end() + 1] if match else ""
        if match and following and following not in _AFTER_TOKEN:
            self._add(start, f"{match[0]}{following} is not a valid anchor name; use letters, digits, `-` and `_`")

    def _scalar(self, event: Any, start: int, end: int, parent: _Open) -> None:
        if event.style in ("|", ">"):
            self._block(start, parent.required)
        elif not event.style and event.value == "-" and parent.is_flow:
            self._add(start, "an unquoted `-` as a value in a flow collection is ambiguous; quote it")
        elif event.end_mark.line > event.start_mark.line:
            self._lines(self.text[start:end], start)

    def _block(self, start: int, required: int) -> None:
        """Check the header of a block scalar, and the blank lines before its first line."""
        begin = _PROPERTIES.match(self.text, start).end()  # type: ignore[union-attr]  # it also matches the empty string
        header = _HEADER.match(self.text, begin)
        before = self.text[self.text.rfind("\n", 0, begin) + 1 : begin]
        if len(before) < required and not before.strip():
            self._add(begin, f"a value is indented by {len(before)}; indent it by at least {required}")
        if header is None:
            self._add(begin, "missing space before `#`; write ` #` for a comment")
        elif header[1] or header[2]:
            if len(self._open) == 1:
                self._add(begin, "an indentation indicator outside of a collection is not allowed; remove it")
        else:
            blank, first = _BLANK_LINES.match(self.text, header.end()).groups()  # type: ignore[union-attr]
            if len(first) >= required and any(len(line) > len(first) for line in blank.split("\n")):
                message = (
                    "a blank line before the first line of this string has more spaces than that line; remove them"
                )
                self._add(header.end(), message)

    def _add(self, index: int, message: str) -> None:
        self.found.append((index, message))
