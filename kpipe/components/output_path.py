"""Paths of the files that callbacks write, relative to the run folder."""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import product

#: A format that turns a number into a few characters without path separators.
_FORMAT = re.compile(r"0?[0-9]{0,2}(\.[0-9]{1,2})?[deEfFgGn%]?$")
_FIELD = re.compile(r"[^\W\d][^.\[\]{}!:/\\]*$")
_LONGEST = 255
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)
_DIGITS = frozenset("0123456789")
#: The characters of numbers in these formats, in the case in which names are compared.
_NUMBER = _DIGITS | frozenset(".+-e%infa")

#: One position of a pattern: the possible characters, and whether the position can be repeated.
_Step = tuple[frozenset[str], bool]


@dataclass(frozen=True)
class OutputPath:
    """A path that can be a template with fields such as `{epoch}`.

    Args:
        text: the path as written in the spec.
        is_template: whether Keras replaces fields.

    Example:
        >>> OutputPath("../history.csv").fault()
        'it contains `..`'
        >>> OutputPath("states/{epoch:02d}.keras", True).meets(OutputPath("states/7.keras"))
        True
    """

    text: str
    is_template: bool = False

    def fault(self) -> str | None:
        """Return why the path can be outside of the run folder on some operating system; None if it cannot."""
        try:
            for segment in self._segments():
                _refuse_segment(segment)
        except ValueError as error:
            return str(error)
        return None

    def meets(self, other: OutputPath) -> bool:
        """Return whether both paths can be the same file, or one can be inside the other; neither has a fault."""
        pairs = zip(self._patterns, other._patterns, strict=False)
        return all(_may_be_equal(first, second) for first, second in pairs)

    @property
    def first(self) -> str:
        """The first name of the path."""
        return next(part for part in self.text.split("/") if part not in ("", "."))

    def _segments(self) -> list[str]:
        """Return the names between slashes, with each field replaced by a digit."""
        if self.text.startswith(("/", "~")):
            raise ValueError("it is not relative to the run folder")
        whole = "".join(literal + ("" if field is None else "0") for literal, field in self._parts())
        found = [part for part in whole.split("/") if part not in ("", ".")]
        if not found:
            raise ValueError("it contains no file name")
        return found

    @cached_property
    def _patterns(self) -> list[list[_Step]]:
        found: list[list[_Step]] = [[]]
        for literal, field in self._parts():
            for character in _folded(literal):
                if character == "/":
                    found.append([])
                else:
                    found[-1].append((frozenset({character}), False))
            if field is not None:
                found[-1].append((_DIGITS if field in ("epoch", "batch") else _NUMBER, True))
        return [pattern for pattern in found if pattern not in ([], [(frozenset({"."}), False)])]

    def _parts(self) -> list[tuple[str, str | None]]:
        return _parts(self.text) if self.is_template else [(self.text, None)]


def _parts(text: str) -> list[tuple[str, str | None]]:
    """Return the literal strings of a template, each with the field after it or None."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"it is not a valid template: {str(error).lower()}") from None
    for _, field, form, conversion in parts:
        if field is not None and (conversion or not _FIELD.match(field) or not _FORMAT.match(form or "")):
            shown = field + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise ValueError(f"its field {{{shown}}} is not a number; expected a field such as {{epoch:02d}}")
    return [(literal, field) for literal, field, _, _ in parts]


def _refuse_segment(segment: str) -> None:
    if segment == "..":
        raise ValueError("it contains `..`")
    if any(character in '\\:*?"<>|' or not character.isprintable() for character in segment):
        raise ValueError("it contains a character that file names cannot contain on every operating system")
    if len(segment.encode(errors="replace")) > _LONGEST:
        raise ValueError(f"one of its parts is longer than {_LONGEST} bytes")
    if segment != segment.strip(" ").rstrip("."):
        raise ValueError("one of its parts begins or ends with a space, or ends with a dot")
    if _DEVICE.match(segment):
        raise ValueError(f"{segment} is a reserved device name on Windows")


def _folded(text: str) -> str:
    # Some file systems ignore case and the Unicode normalization form.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _may_be_equal(first: list[_Step], second: list[_Step]) -> bool:
    """Return whether two patterns match a common string, by a search through pairs of their positions."""
    if not any(more for _, more in (*first, *second)):
        return first == second
    open_pairs = [(0, 0)]
    seen: set[tuple[int, int]] = set()
    while open_pairs:
        pair = open_pairs.pop()
        if pair == (len(first), len(second)):
            return True
        if pair in seen or pair[0] == len(first) or pair[1] == len(second):
            continue
        seen.add(pair)
        (some, more), (others, others_more) = first[pair[0]], second[pair[1]]
        if some & others:
            open_pairs += product(_next(pair[0], more), _next(pair[1], others_more))
    return False


def _next(place: int, more: bool) -> tuple[int, ...]:
    return (place, place + 1) if more else (place + 1,)
