"""Parsing of Google-style docstrings: the summary, the texts of arguments, and the types that they mention."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import zip_longest

_HEADING = re.compile(r"(?:Args|Arguments):\s*$", re.MULTILINE)
_NEXT_HEADING = re.compile(
    r"^\s*(?:Call arguments|Input shapes?|Output shapes?|Shapes|Returns|Raises|Examples?|References?|Usage|Note)"
    r"\b[^.\n]{0,40}:",
    re.MULTILINE,
)
_ENTRY = re.compile(r"^[ \t]+([`\w, ]+?)(?:[ \t]*\([^)\n]*\))?[ \t]*:(?=\s)", re.MULTILINE)
_SENTENCE_END = re.compile(r"\.(?:\s+|$)")
_NOISE = re.compile(r"```(?:.|\n)*?(?:```|\Z)|\{\{\w+\}\}|^[ \t]*\*\*\w+:.*(?:\n[ \t]{8,}.*)*$", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{\w+\}\}")

_LISTS = r"(?:tuple|list|sequence|array|array_like)s?"
_LIST_OF = re.compile(
    rf"\b{_LISTS}(?:/{_LISTS}| or (?:a )?{_LISTS})*(?: \(length \d+\))?"
    rf"(?: of (?:python |\d+ |two |three |non-negative )*(?P<item>\w+))?",
    re.IGNORECASE,
)
_WORDS = {
    "bool": re.compile(r"\bbool(?:ean)?s?\b|^whether\b|^if true\b|^if `true`", re.IGNORECASE),
    "int": re.compile(r"\bint(?:eger)?s?\b", re.IGNORECASE),
    "float": re.compile(r"\bfloat(?:s|ing)?\b|\bnumbers?\b(?! of)|\bscalar\b", re.IGNORECASE),
    "str": re.compile(r"\bstr(?:ings?)?\b|^(?:one of )?\W*[\"']\w+[\"']", re.IGNORECASE),
    "dict": re.compile(r"\bdict(?:ionary)?\b", re.IGNORECASE),
}
_QUOTED = re.compile(r"`*\"[^\"]*\"`*")
_ITEM_TYPES = {
    "int": "int", "ints": "int", "integer": "int", "integers": "int",
    "float": "float", "floats": "float", "floating": "float", "numbers": "float",
    "string": "str", "strings": "str", "str": "str",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Docstring:
    """The summary and the arguments of a docstring.

    Args:
        summary: the first sentence, on one line.
        arguments: the text of each argument by name, on one line.
        description: the lines before the first section, such as `Args:`.
    """

    summary: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class MentionedTypes:
    """The types that the text of an argument mentions.

    Args:
        types: a subset of `TYPES` without `any`; empty if the text mentions no types.
        item_types: the types of entries of a list; empty if the text mentions no such types.
    """

    types: frozenset[str] = frozenset()
    item_types: frozenset[str] = frozenset()


def parse_docstring(text: str, names: Iterable[str]) -> Docstring:
    r"""Return the summary and the arguments of a docstring.

    Args:
        text: the docstring without common indentation, as from `inspect.getdoc`.
        names: the arguments of the signature; an entry begins at a line that begins with one of them, since the
            indentation in many docstrings of Keras is irregular.

    Example:
        >>> parse_docstring("Adds. More.\n\nArgs:\n    x: int, a number.", ["x"])
        Docstring(summary='Adds.', arguments={'x': 'int, a number.'}, description='Adds. More.')
    """
    first = " ".join(text.split("\n\n", 1)[0].split())
    summary = first[: end.start() + 1] if (end := _SENTENCE_END.search(first)) else first
    heading = _HEADING.search(text)
    sections = [match.start() for match in (heading, _NEXT_HEADING.search(text)) if match]
    description = _TEMPLATE.sub("", text[: min(sections, default=len(text))]).strip()
    return Docstring(summary, _entries(text[heading.end() :], set(names)) if heading else {}, description)


def _entries(section: str, names: set[str]) -> dict[str, str]:
    if stop := _NEXT_HEADING.search(section):
        section = section[: stop.start()]
    section = _NOISE.sub("", section)
    starts = []
    for match in _ENTRY.finditer(section):
        named = [part.strip(" `") for part in match[1].split(",")]
        if all(name in names for name in named):
            starts.append((match, named))
    found: dict[str, str] = {}
    for (match, named), following in zip_longest(starts, starts[1:]):
        end = following[0].start() if following else _dedent(section, match.end())
        text = " ".join(section[match.end() : end].split())
        for name in named:
            found.setdefault(name, text)
    return found


def _dedent(section: str, start: int) -> int:
    """Return the start of the first line without indentation, at which the arguments end."""
    match = re.compile(r"^\S", re.MULTILINE).search(section, start)
    return match.start() if match else len(section)


@cache
def types_in(text: str) -> MentionedTypes:
    """Return the types in the first sentence of the text of an argument that mentions any.

    The types include `null` if the text mentions `None`, which Keras does only for arguments that allow it.

    Example:
        >>> mentioned = types_in("int or tuple/list of 2 integers, specifying the size.")
        >>> sorted(mentioned.types), sorted(mentioned.item_types)
        (['int', 'list'], ['int'])
    """
    nullable = re.search(r"\bNone\b|^\(?optional\b", text, re.IGNORECASE)
    for sentence in _SENTENCE_END.split(text):
        types, items = _types_of_sentence(re.sub(r"^\(?optional\)?[ ,]*", "", sentence, flags=re.IGNORECASE))
        if types:
            return MentionedTypes(types | ({"null"} if nullable else set()), items)
    return MentionedTypes()


def _types_of_sentence(sentence: str) -> tuple[frozenset[str], frozenset[str]]:
    lists = list(_LIST_OF.finditer(sentence))
    words = [match["item"].lower() for match in lists if match["item"]]
    # If the entries of one list are unknown, the entries of all lists are unknown.
    known = len(words) == len(lists) and all(word in _ITEM_TYPES for word in words)
    rest = _LIST_OF.sub(" ", sentence).strip(" ,(")
    unquoted = _QUOTED.sub(" ", rest)
    types = {name for name, pattern in _WORDS.items() if pattern.search(rest if name == "str" else unquoted)}
    if lists:
        types.add("list")
    return frozenset(types), frozenset(_ITEM_TYPES[word] for word in words) if known else frozenset()
