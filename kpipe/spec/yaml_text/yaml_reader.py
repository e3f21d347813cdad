"""Reading of YAML as marked nodes; common errors are reported at their place. PyYAML provides the events and marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from kpipe.errors import Mark, Problem, SpecError
from kpipe.regular_file import irregular
from kpipe.spec.expressions.expression import ExpressionError, parse
from kpipe.spec.node import Node
from kpipe.spec.python_syntax import closing_bracket, python_call, split_by_commas, tuple_hint
from kpipe.spec.yaml_text.yaml_exactness import Exactness
from kpipe.spec.yaml_text.yaml_loader import YamlLoader
from kpipe.spec.yaml_text.yaml_scalar import number_fault, scalar
from kpipe.spec.yaml_text.yaml_syntax import YamlSyntax, column_of, windows_path_fault

MAX_BYTES = 4 * 2**20
MAX_NODES = 100_000
MAX_DEPTH = 100

#: Most characters of the path of a value; each value stores its path.
MAX_PATH = 1_000

_COMMENT = re.compile(r"\s*#")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def read_file(path: Path, problem_mark: Mark | None = None, problems: list[Problem] | None = None) -> Node:
    """Return the document of a YAML file as a marked node.

    Args:
        path: the file, in UTF-8, at most 4 MiB.
        problem_mark: the place that refers to the file (`extends:`), for the message if the file cannot be read.
        problems: receives the problems after which reading continues, such as a duplicate key; by default they are
            raised.

    Raises:
        SpecError: the file cannot be read, or contains YAML that the language does not accept; the error contains all
            problems.
    """
    where = problem_mark or Mark(str(path), 1, 1, 1, 1)
    if (kind := irregular(path)) and not _is_inherited_pipe(path):
        raise SpecError([Problem(where, "", f"cannot read {path}: it is {kind}; expected a file")])
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # a device can be infinite
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else (error.strerror or str(error)).lower()
        raise SpecError([Problem(where, "", f"cannot read {path}: {reason}")]) from None
    return read_bytes(data, str(path), problem_mark, problems)


def read_bytes(data: bytes, file: str, problem_mark: Mark | None = None, problems: list[Problem] | None = None) -> Node:
    """Return the document of YAML in UTF-8 as a marked node.

    Args:
        data: the YAML, at most 4 MiB.
        file: the file name in the marks.
        problem_mark: see `read_file`.
        problems: see `read_file`.

    Raises:
        SpecError: as `read_file`.
    """
    if len(data) > MAX_BYTES:
        message = f"{file} is too large for a spec; expected at most {MAX_BYTES // 2**20} MiB"
        raise SpecError([Problem(problem_mark or Mark(file, 1, 1, 1, 1), "", message)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        mark = Mark(file, line, error.start - (before.rfind(b"\n") + 1) + 1, line, 1)
        raise SpecError([Problem(mark, "", "the file is not UTF-8; save it as UTF-8")]) from None
    return read_text(text, file, problems=problems)


def _is_inherited_pipe(path: Path) -> bool:
    """Return whether the path is a pipe that the parent process opened, as a shell does for `<(command)`."""
    return str(path).startswith(("/dev/fd/", "/dev/stdin", "/proc/self/fd/"))


def read_text(text: str, file: str, column_offset: int = 0, problems: list[Problem] | None = None) -> Node:
    r"""Return the document of a YAML string as a marked node.

    Args:
        text: the YAML.
        file: the file name in the marks.
        column_offset: added to the columns of the first line, for a value inside a command-line argument.
        problems: see `read_file`.

    Raises:
        SpecError: the string contains YAML that the language does not accept; the error contains all problems.

    Example:
        >>> read_text("rate: 1e-3\nflag: no", "a.yaml").plain()
        {'rate': 0.001, 'flag': 'no'}
    """
    return _Composer(text, file, column_offset).document(problems)


def _normalized(text: str) -> str:
    """Return a string with line feeds as line breaks, and one after trailing spaces, which PyYAML would drop."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return f"{text}\n" if text.endswith((" ", "\t")) else text


def forbidden_character(text: str) -> str | None:
    r"""Return the first control character or lone surrogate of a string, escaped; None if there is none.

    Example:
        >>> forbidden_character("a\x00b"), forbidden_character("a\tb")
        ('\\x00', None)
    """
    found = _FORBIDDEN.search(text)
    return ascii(found[0])[1:-1] if found else None


class _Composer:
    """Builds nodes from PyYAML's events and collects problems."""

    def __init__(self, text: str, file: str, column_offset: int) -> None:
        self.text, self.file, self.offset = _normalized(text), file, column_offset
        self.lines = self.text.split("\n")
        self.problems: list[Problem] = []
        self.inexact: list[Problem] = []
        self.counted = (0, 0)  # an index, and the line feeds before it
        self.anchors: dict[str, Node | None] = {}
        self.count = 0

    def document(self, problems: list[Problem] | None) -> Node:
        try:
            node = self._read()
        except yaml.MarkedYAMLError as error:
            problem = YamlSyntax(self.lines, self.file, self.offset).problem(error)
            # A syntax error, such as a bracket that is never closed, causes further problems in the lines after it.
            place = problem.mark.line if problem.mark else 0
            earlier = [other for other in self.inexact if other.mark and other.mark.line < place]
            raise SpecError([*self.problems, *earlier, problem]) from None
        except yaml.YAMLError as error:
            position = getattr(error, "position", 0)
            before = self.text[:position] if isinstance(position, int) else ""
            line = before.count("\n") + 1
            mark = Mark(self.file, line, position - (before.rfind("\n") + 1) + 1, line, 1)
            reason = getattr(error, "reason", str(error))
            raise SpecError([Problem(mark, "", f"not YAML: {reason}")]) from None
        except ValueError as error:
            if isinstance(error, SpecError):
                raise
            # PyYAML raises a ValueError for an escape such as "\\U00110000".
            raise SpecError([*self.problems, YamlSyntax(self.lines, self.file, self.offset).escape_problem()]) from None
        self.problems += self.inexact
        if problems is not None:
            problems += self.problems
        elif self.problems:
            raise SpecError(self.problems)
        return node

    def _read(self) -> Node:
        self.events = self._parsed()
        next(self.events)
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            return Node(None, Mark(self.file, 1, 1, 1, 1))
        node = self._node(next(self.events), "", 0)
        next(self.events)
        event = next(self.events)
        if isinstance(event, yaml.DocumentStartEvent):
            mark = self._mark(event)
            self.problems.append(
                Problem(mark, "", "expected one YAML document, got a second one; write it into another file")
            )
        return node

    def _parsed(self) -> Iterator[Any]:
        """Yield PyYAML's events; collect the places that PyYAML does not read as YAML 1.2 requires."""
        exactness = Exactness(self.text)
        for event in yaml.parse(self.text, Loader=YamlLoader):
            exactness.follow(event)
            while exactness.found:
                self.inexact.append(self._inexact(*exactness.found.pop(0)))
            yield event

    def _inexact(self, index: int, message: str) -> Problem:
        before, line = self.counted if index >= self.counted[0] else (0, 0)
        line += self.text.count("\n", before, index)
        self.counted = (index, line)
        column = index - self.text.rfind("\n", 0, index) + (0 if line else self.offset)
        return Problem(Mark(self.file, line + 1, column, line + 1, column + 1), "", message)

    def _node(self, event: Any, path: str, depth: int) -> Node:
        self.count += 1
        self._refuse_if_huge(event, path, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, depth)
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            message = f"the tag {tag} is not allowed; remove it, and quote the value if it is a string"
            self.problems.append(Problem(self._mark(event), path, message))
        if event.anchor:
            self.anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, path, depth)
        else:
            node = self._mapping(event, path, depth)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _scalar(self, event: Any, path: str) -> Node:
        value = scalar(event.value) if event.style is None else self._string(event, path)
        if event.style is None and (message := number_fault(event.value, value)):
            self.problems.append(Problem(self._mark(event), path, message))
        return Node(value, self._mark(event), path=path)

    def _string(self, event: Any, path: str) -> str:
        """Return a string; control characters, lone surrogates, and escapes in a path of Windows are problems."""
        place = event.start_mark
        if event.style == '"' and (fault := windows_path_fault(self.lines[place.line], place.column)) is not None:
            self.problems.append(Problem(self._mark(event), path, fault))
        code = forbidden_character(event.value)
        if code is None:
            return str(event.value)
        message = f"the string contains {code}, which a spec cannot contain; remove it"
        self.problems.append(Problem(self._mark(event), path, message))
        return _FORBIDDEN.sub("?", event.value)

    def _sequence(self, event: Any, path: str, depth: int) -> Node:
        items: list[Node] = []
        start, is_flow = self._mark(event), event.flow_style
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, f"{path}.{len(items)}".lstrip("."), depth + 1))
        items = self._joined(items, path) if is_flow else items
        return Node(items, self._span(start, event), path=path)

    def _joined(self, items: list[Node], path: str) -> list[Node]:
        """Return the items with those joined that are parts of a call or a tuple, which commas split."""
        joined: list[Node] = []
        end: Mark | None = None
        for item in items:
            if end is not None and (item.mark.line, item.mark.column) < (end.end_line, end.end_column):
                continue
            end = self._split(item, f"{path}.{len(joined)}".lstrip("."))
            joined.append(item)
        return joined if len(joined) < len(items) else items

    def _split(self, node: Node, path: str) -> Mark | None:
        """Report a call or a tuple that commas split into values; return its whole place, or None for other values."""
        if not isinstance(node.value, str) or not split_by_commas(node.value):
            return None
        line = self.lines[node.mark.line - 1]
        start = node.mark.column - 1 - (self.offset if node.mark.line == 1 else 0)
        end = closing_bracket(line, start)
        if end is None:
            return None
        text = line[start:end]
        call = python_call(text)
        item = call.as_item() if call is not None else ""
        is_value = not path.rpartition(".")[2].isdecimal()
        item = f"{{{item}}}" if is_value and ": " in item else item
        remedy = f"; write {item}" if item else tuple_hint(text)
        what = "a tuple of Python" if text.startswith("(") else "a call of Python"
        node.mark = replace(node.mark, end_column=node.mark.column + end - start)
        self.problems.append(Problem(node.mark, path, f"{what} is not a value{remedy}, or quote a string"))
        return node.mark

    def _mapping(self, event: Any, path: str, depth: int) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        start, flow = self._mark(event), event.flow_style
        previous, split = "", None
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key, mark = self._key(event, path, depth)
            child = self._node(next(self.events), f"{path}.{key}".lstrip("."), depth + 1)
            if split is not None and (mark.line, mark.column) < (split.end_line, split.end_column):
                continue
            if key in entries:
                message = f"duplicate key {key!r}; the first is at line {keys[key].line}{_duplicate_remedy(path, key)}"
                self.problems.append(Problem(mark, child.path, message))
            elif flow and child.value is None and _has_open_bracket(entries.get(previous)):
                cut = entries[previous]
                message = f'a comma splits the expression {cut.value!r}; quote it: "{cut.value}, {key}"'
                self.problems.append(Problem(cut.mark, cut.path, message))
            else:
                self._refuse_comment_cut(child)
                entries[key], keys[key] = child, mark
            previous, split = key, self._split(child, child.path) if flow else None
        return Node(entries, self._span(start, event), keys=keys, path=path)

    def _key(self, event: Any, path: str, depth: int) -> tuple[str, Mark]:
        mark = self._mark(event)
        if not isinstance(event, yaml.ScalarEvent):
            self.problems.append(Problem(mark, path, "expected a string as the key, got a list, a mapping or an alias"))
            return str(self._node(event, path, depth + 1).plain()), mark
        if event.value == "<<" and event.style is None:
            message = "the merge key << is not allowed; use `extends`, a block, or `vars`"
            self.problems.append(Problem(mark, path, message))
        if event.tag is not None:
            self.problems.append(Problem(mark, path, "tags on keys are not allowed; all keys are strings"))
        return self._string(event, path), mark

    def _alias(self, event: Any, path: str, depth: int) -> Node:
        target = self.anchors.get(event.anchor)
        if target is None:
            known = event.anchor in self.anchors
            unknown = f"unknown anchor &{event.anchor}; define it before it is used"
            message = f"*{event.anchor} contains itself" if known else unknown
            raise SpecError([*self.problems, Problem(self._mark(event), path, message)])
        return self._copy(target, event, path, depth)

    def _copy(self, node: Node, event: Any, path: str, depth: int) -> Node:
        self.count += 1
        self._refuse_if_huge(event, path, depth)
        value = node.value
        if isinstance(value, dict):
            value = {key: self._copy(entry, event, f"{path}.{key}", depth + 1) for key, entry in value.items()}
        elif isinstance(value, list):
            value = [self._copy(item, event, f"{path}.{i}", depth + 1) for i, item in enumerate(value)]
        return Node(value, node.mark, dict(node.keys), path)

    def _refuse_if_huge(self, event: Any, path: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise SpecError(
                [Problem(self._mark(event), path, f"nested too deeply; expected at most {MAX_DEPTH} levels")]
            )
        if len(path) > MAX_PATH:
            message = f"the path of this value is too long; expected at most {MAX_PATH:,} characters"
            raise SpecError([Problem(self._mark(event), f"{path[:60]}...", message)])
        if self.count > MAX_NODES:
            message = f"too many values; expected at most {MAX_NODES:,} (each use of an alias counts)"
            raise SpecError([Problem(self._mark(event), path, message)])

    def _refuse_comment_cut(self, node: Node) -> None:
        if not node.is_expression or node.mark.end_line > len(self.lines):
            return
        line = self.lines[node.mark.end_line - 1]
        if _COMMENT.match(line, node.mark.end_column - 1) and (_has_open_bracket(node) or _is_invalid_expression(node)):
            message = f"` #` begins a comment and splits the expression {node.value!r}; quote the expression"
            self.problems.append(Problem(node.mark, node.path, message))

    def _mark(self, event: Any) -> Mark:
        start, end = event.start_mark, event.end_mark
        return Mark(self.file, start.line + 1, column_of(start, self.offset), end.line + 1, column_of(end, self.offset))

    def _span(self, start: Mark, event: Any) -> Mark:
        end = event.end_mark
        return Mark(self.file, start.line, start.column, end.line + 1, column_of(end, self.offset))


def _duplicate_remedy(path: str, key: str) -> str:
    """Return the remedy for a duplicate key, such as a path that `set` contains twice to insert several items."""
    is_change = path == "set" and re.search(r"\.(?:-|\+[^.]*)$", key)
    return f"; list all items under one key, `{key}: [..., ...]`" if is_change else "; remove or rename one of them"


def _is_invalid_expression(node: Node) -> bool:
    if not node.is_expression:
        return False
    try:
        parse(str(node.value)[1:])
    except ExpressionError:
        return True
    return False


def _has_open_bracket(node: Node | None) -> bool:
    """Return whether a string is an expression with a bracket that is never closed."""
    if node is None or not node.is_expression:
        return False
    text = str(node.value)
    return any(text.count(left) > text.count(right) for left, right in ("()", "[]"))
