"""Vocabulary files of a spec, whose names are replaced by their terms."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import Problem, SpecError
from kpipe.spec.node import CLASS_NAME, Node, split_component
from kpipe.spec.paths import is_override, path_of
from kpipe.spec.problem_at import problem_at

#: Most terms of all files of a spec: the resolved spec lists them, and a spec has at most 100,000 values.
MAX_TERMS = 50_000
#: Most bytes of all files; longer ones have too many terms, or terms of no use.
MAX_BYTES = 8 * 2**20

_CONTROL = frozenset({*map(chr, range(32)), "\x7f"} - {"\t"})


def read_vocabularies(node: Node, spec_file: Path, problems: list[Problem]) -> None:
    """Replace the name of each vocabulary file by its terms, one a line.

    The resolved spec and the saved model contain the vocabulary itself and need no file.

    Args:
        node: `model`, or one block; changed in place.
        spec_file: the file of the spec; values of overrides may name files below its folder.
        problems: where what is wrong is appended: a file that is not below the folder of the spec that names it, is
            missing, or is not a text file.
    """
    terms_left, bytes_left = MAX_TERMS, MAX_BYTES
    for entry, argument in [found for part in node.walk() for found in _named_files(part)]:
        try:
            content = _content(entry, _file(entry, spec_file), bytes_left)
            bytes_left -= len(content)
            terms = _terms(entry, argument, content) if terms_left >= 0 else []
            terms_left -= len(terms)
            if terms and terms_left < 0:
                raise _refusal(entry, f"more than {MAX_TERMS:,} terms in all files; give a shorter vocabulary")
            entry.value = [Node(term, entry.mark, path=f"{entry.path}.{i}") for i, term in enumerate(terms)]
        except SpecError as error:
            problems += error.problems
            entry.value = []


def _named_files(part: Node) -> list[tuple[Node, ArgumentInfo]]:
    """The arguments of a component that name a vocabulary file."""
    name, arguments = (split_component(part) if part.is_mapping else None) or ("", None)
    if arguments is None or not CLASS_NAME.match(name):
        return []
    known = vocabulary().find("layer", name)
    return [
        (arguments.entries[key], argument)
        for key, argument in (known.arguments.items() if known is not None else ())
        if argument.file == "vocabulary" and key in arguments.entries and _is_plain_text(arguments.entries[key])
    ]


def _is_plain_text(node: Node) -> bool:
    return node.is_text and not node.is_expression


def _file(entry: Node, spec_file: Path) -> Path:
    text = str(entry.value)
    if not text or "\0" in text:
        raise _refusal(entry, f"not the name of a file; expected a path, got {text!r}")
    holder = spec_file if is_override(entry) else Path(entry.mark.file)
    folder = Path(os.path.realpath(holder)).parent
    path = Path(os.path.realpath(path_of(entry)))
    if not path.is_relative_to(folder):
        message = (
            f"the vocabulary file {path} is not below the folder of the spec; expected a file below {folder}; copy "
            "the file there, or list the terms"
        )
        raise _refusal(entry, message)
    return path


def _terms(entry: Node, argument: ArgumentInfo, content: bytes) -> list[int | str]:
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise _refusal(entry, f"{entry.value} is not a text file in UTF-8; expected one term a line") from None
    lines = [line.removesuffix("\r") for line in (lines[:-1] if not lines[-1] else lines)]
    for number, line in enumerate(lines, 1):
        if not _CONTROL.isdisjoint(line):
            raise _refusal(entry, f"{entry.value}:{number} contains a control character; expected one term a line")
    if "int" in argument.item_types:
        return [_number(entry, number, line) for number, line in enumerate(lines, 1)]
    # A term that begins with `=` is not an expression.
    return [f"={line}" if line.startswith("=") else line for line in lines]


def _number(entry: Node, number: int, line: str) -> int:
    try:
        return int(line)
    except ValueError:
        raise _refusal(entry, f"{entry.value}:{number} is {line!r}; expected one integer a line") from None


def _content(entry: Node, path: Path, bytes_left: int) -> bytes:
    try:
        state = path.stat()
        # A pipe or a device may never end, so it is not opened.
        is_regular = stat.S_ISREG(state.st_mode)
        content = path.read_bytes() if is_regular and state.st_size <= bytes_left else b""
    except OSError as error:
        raise _refusal(entry, f"the vocabulary file {path} cannot be read: {error.strerror or error}") from None
    if not is_regular:
        raise _refusal(entry, f"{path} is not a regular file; expected a text file with one term a line")
    if state.st_size > bytes_left:
        raise _refusal(entry, f"{path} has {state.st_size:,} bytes; expected at most {MAX_BYTES:,} in all files")
    return content


def _refusal(entry: Node, message: str) -> SpecError:
    return SpecError([problem_at(entry, message)])
