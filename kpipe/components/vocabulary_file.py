"""Reading of vocabulary files, whose names in a spec are replaced by their terms."""

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

#: Most terms of all files of a spec, since the resolved spec contains them and has at most 100,000 values.
MAX_TERMS = 50_000
#: Most bytes of all files.
MAX_BYTES = 8 * 2**20

_CONTROL = frozenset({*map(chr, range(32)), "\x7f"} - {"\t"})


def read_vocabularies(node: Node, spec_file: Path, problems: list[Problem]) -> None:
    """Replace the name of each vocabulary file by its terms, which are the lines of the file.

    The resolved spec and the saved model then contain the vocabulary and do not need the file.

    Args:
        node: `model`, or one block, which is changed in place.
        spec_file: the file of the spec; files in overrides must be below its folder.
        problems: receives the problems of files that are missing, are not text files, or are not below the folder of
            the spec that contains their name.
    """
    terms_left, bytes_left = MAX_TERMS, MAX_BYTES
    for entry, argument in [found for part in node.walk() for found in _vocabulary_arguments(part)]:
        try:
            content = _content(entry, _file(entry, spec_file), bytes_left)
            bytes_left -= len(content)
            terms = _terms(entry, argument, content) if terms_left >= 0 else []
            terms_left -= len(terms)
            if terms and terms_left < 0:
                raise _refusal(
                    entry, f"too many terms in all files; expected at most {MAX_TERMS:,}; use a shorter vocabulary"
                )
            entry.value = [Node(term, entry.mark, path=f"{entry.path}.{i}") for i, term in enumerate(terms)]
        except SpecError as error:
            problems += error.problems
            entry.value = []


def _vocabulary_arguments(part: Node) -> list[tuple[Node, ArgumentInfo]]:
    """Return the arguments of a component whose value is the name of a vocabulary file."""
    name, arguments = (split_component(part) if part.is_mapping else None) or ("", None)
    if arguments is None or not CLASS_NAME.match(name):
        return []
    info = vocabulary().find("layer", name)
    return [
        (arguments.entries[key], argument)
        for key, argument in (info.arguments.items() if info is not None else ())
        if argument.file == "vocabulary" and key in arguments.entries and _is_plain_text(arguments.entries[key])
    ]


def _is_plain_text(node: Node) -> bool:
    return node.is_text and not node.is_expression


def _file(entry: Node, spec_file: Path) -> Path:
    text = str(entry.value)
    if not text or "\0" in text:
        raise _refusal(entry, f"invalid file name; expected a path, got {text!r}")
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
        raise _refusal(entry, f"{entry.value} is not a text file in UTF-8; expected one term per line") from None
    lines = [line.removesuffix("\r") for line in (lines[:-1] if not lines[-1] else lines)]
    for number, line in enumerate(lines, 1):
        if not _CONTROL.isdisjoint(line):
            raise _refusal(entry, f"{entry.value}:{number} contains a control character; expected one term per line")
    if "int" in argument.item_types:
        return [_number(entry, number, line) for number, line in enumerate(lines, 1)]
    # `==` escapes a term that begins with `=`, which is not an expression.
    return [f"={line}" if line.startswith("=") else line for line in lines]


def _number(entry: Node, number: int, line: str) -> int:
    try:
        return int(line)
    except ValueError:
        raise _refusal(entry, f"{entry.value}:{number} is {line!r}; expected one integer per line") from None


def _content(entry: Node, path: Path, bytes_left: int) -> bytes:
    try:
        state = path.stat()
        # Pipes and devices are not opened, since they can be infinite.
        is_regular = stat.S_ISREG(state.st_mode)
        content = path.read_bytes() if is_regular and state.st_size <= bytes_left else b""
    except OSError as error:
        raise _refusal(entry, f"the vocabulary file {path} cannot be read: {error.strerror or error}") from None
    if not is_regular:
        raise _refusal(entry, f"{path} is not a regular file; expected a text file with one term per line")
    if state.st_size > bytes_left:
        raise _refusal(entry, f"{path} has {state.st_size:,} bytes; expected at most {MAX_BYTES:,} in all files")
    return content


def _refusal(entry: Node, message: str) -> SpecError:
    return SpecError([problem_at(entry, message)])
