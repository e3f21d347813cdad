"""Validation of a section by its pydantic class, with errors as problems at their places."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError

from kpipe.errors import Problem, SpecError
from kpipe.nearest import listed, nearest
from kpipe.spec.expressions.scope import Scope, evaluated, integer_hint
from kpipe.spec.items import glued_key
from kpipe.spec.node import Node, is_variable_name, kind_of, quotes_hint, shown_value, text_hint
from kpipe.spec.sections.misplaced import misplaced
from kpipe.spec.sections.or_component import COMPONENT, SECTION, entry_slots, is_component_entry
from kpipe.spec.sections.path_values import is_path_values
from kpipe.spec.sections.registered import SectionType
from kpipe.spec.sections.section import Section, fields, listed_section, nested_section
from kpipe.spec.sections.slot import slots
from kpipe.spec.top_level import FILE_KEYS

_EXPECTED = "expected "
_GOT = ", got "
_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}
_TYPES = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "bool_type": "a boolean",
    "string_type": "a string",
    "dict_type": "a mapping",
    "list_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a finite number",
}


def typed(node: Node, section: type[SectionType], scope: Scope) -> SectionType:
    """Return a section as an object of its class, with evaluated expressions; components remain nodes.

    Args:
        node: the mapping of the section, with its defaults.
        section: its class.
        scope: the names that its expressions can use.

    Raises:
        SpecError: the section is invalid; the error contains all problems.
    """
    failed: list[Problem] = []
    ready = _evaluated(node, section, scope, failed)
    if not ready.is_mapping:
        message = f"expected a mapping, got {kind_of(ready.value)}; allowed keys: {listed(fields(section))}"
        raise SpecError([Problem(ready.mark, ready.path, message)])
    try:
        made = section.model_validate(_plain(ready, section))
    except ValidationError as error:
        found: dict[str, Problem] = {}
        for entry in error.errors(include_url=False):
            problem = _problem(entry, ready, section)
            before = found.get(problem.path)
            found[problem.path] = problem if before is None else _combined(before, problem)
        # If a value has one of several allowed types, the problems of the other types are not reported.
        outer = {path for path in found if any(other.startswith(f"{path}.") for other in found)}
        done = {problem.path for problem in failed}
        raise SpecError([*failed, *(p for path, p in found.items() if path not in outer | done)]) from None
    failed += [Problem(ready.entries[key].mark, f"{ready.path}.{key}", text) for key, text in made.conflicts()]
    if failed:
        raise SpecError(failed)
    return made


def _evaluated(node: Node, section: type[Section], scope: Scope, failed: list[Problem]) -> Node:
    """Return a section with evaluated expressions, except in values that are evaluated later."""
    later = {
        key: node.entries[key] for key, field in fields(section).items() if is_path_values(field) and node.get(key)
    }
    if not later:
        return evaluated(node, scope, failed)
    now = {key: entry for key, entry in node.entries.items() if key not in later}
    ready = evaluated(Node(now, node.mark, node.keys, node.path, node.chain), scope, failed)
    return Node({**ready.entries, **later}, node.mark, node.keys, node.path, node.chain)


def _plain(node: Node, section: type[Section]) -> Any:
    """Return plain values for pydantic; components remain nodes."""
    if not node.is_mapping:
        return node.plain()
    components = {key for key, field in fields(section).items() if is_path_values(field)} | slots(section).keys()
    nested = {key: nested_section(field) for key, field in fields(section).items()}
    lists = {key: listed_section(field) for key, field in fields(section).items()}
    mixed = entry_slots(section)
    values: dict[str, Any] = {}
    for key, entry in node.entries.items():
        inner, of_names = nested.get(key, (None, False))
        if key in components:
            values[key] = entry
        elif inner is not None and of_names:
            values[key] = {name: _plain(child, inner) for name, child in entry.entries.items()}
            values[key] = values[key] if entry.is_mapping else entry.plain()
        elif (listed_item := lists.get(key)) is not None and entry.is_list:
            values[key] = [
                item if key in mixed and is_component_entry(item) else _plain(item, listed_item) for item in entry.items
            ]
        else:
            values[key] = _plain(entry, inner) if inner is not None else entry.plain()
    return values


def _problem(error: Any, node: Node, section: type[Section]) -> Problem:
    here, holder, key, annotation = node, section, "", None
    path = node.path
    for number, part in enumerate(error["loc"], start=1):
        entry = here.entries.get(str(part)) if here.is_mapping else None
        if here.is_list and isinstance(part, int):
            here, path, annotation = here.items[part], f"{path}.{part}", None
            continue
        if entry is None and part in (SECTION, COMPONENT):
            continue
        if entry is None:
            if error["type"] in ("extra_forbidden", "missing"):
                key = str(part)
            elif _is_tag(part):
                continue
            break
        field = fields(holder).get(str(part))
        inner = (nested_section(field)[0] or listed_section(field)) if field is not None else None
        annotation = field.annotation if field is not None else None
        parent, here, path = here, entry, f"{path}.{part}"
        holder = inner or holder
        if error["type"] == "extra_forbidden" and number == len(error["loc"]):
            return _unknown(parent, str(part), path, holder)
    if error["type"] == "missing":
        return Problem(here.mark, path, f"missing key {key!r} in {path}")
    return Problem(here.mark, path, _message(error, here, _accepted(annotation)), _nearest(error, here), here.chain)


def _is_tag(part: Any) -> bool:
    """Return whether a part of a path is the name that pydantic uses for a member of a union, rather than a key."""
    return isinstance(part, str) and "[" in part


def _combined(first: Problem, second: Problem) -> Problem:
    """Return the problem of a value that has neither of two allowed types."""
    expected = [problem.message.removeprefix(_EXPECTED).partition(_GOT)[0] for problem in (first, second)]
    message = f"{_EXPECTED}{' or '.join(expected)}{_GOT}{first.message.partition(_GOT)[2]}"
    return Problem(first.mark, first.path, message, first.suggestion or second.suggestion, first.related)


def _unknown(parent: Node, key: str, path: str, holder: type[Section]) -> Problem:
    known = list(fields(holder))
    glued = glued_key(key)
    meant = None if glued else nearest(key, known)
    elsewhere = None if glued or meant else misplaced(key, path)
    if key in FILE_KEYS:
        elsewhere, meant = f"write `{key}` at the top level of the file, for the whole spec", None
    message = glued or f"unknown key {key!r}; {elsewhere or f'allowed: {listed(known, meant)}'}"
    return Problem(parent.key_mark(key), path, message, meant)


def _accepted(annotation: Any) -> frozenset[str]:
    """Return which of booleans, null and lists the annotation of a key allows, as `text_hint` expects it."""
    names = {bool: "bool", type(None): "null", list: "list", tuple: "list"}
    parts = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)
    plain = (get_args(part)[0] if get_origin(part) is Annotated else part for part in parts)
    return frozenset(names[kind] for part in plain if (kind := get_origin(part) or part) in names)


def _message(error: Any, node: Node, accepted: frozenset[str]) -> str:
    kind, context = error["type"], error.get("ctx", {})
    got = shown_value(node.plain())
    if kind in _BOUNDS:
        limit, comparison = _BOUNDS[kind]
        return f"{_EXPECTED}{comparison} {context[limit]:g}{_GOT}{got}{_percentage(node.value, context[limit])}"
    if kind == "literal_error":
        return f"{_EXPECTED}{context['expected']}{_GOT}{got}{text_hint(node.value, accepted)}"
    if kind in _TYPES:
        hint = integer_hint(node) if _TYPES[kind] == "an integer" else ""
        hint = hint or (quotes_hint(node.value) if kind == "string_type" else text_hint(node.value, accepted))
        if not hint and _TYPES[kind] in ("an integer", "a number") and is_variable_name(node.value):
            hint = f"; write ={node.value} if it is a variable"
        if _TYPES[kind] == "a mapping" and node.is_list and node.items and all(item.is_text for item in node.items):
            hint = f"; write {{{', '.join(f'{item.value}: {{}}' for item in node.items)}}}"
        if _TYPES[kind] == "a list" and node.value is not None:
            hint = f"; write [{got}]"
        if node.value is None and not node.expression:
            hint = "; write it after the key, or remove the key for its default"
        return f"{_EXPECTED}{_TYPES[kind]}{_GOT}{got}{hint}"
    return f"{error['msg']}{_GOT}{got}"


def _percentage(value: Any, limit: float) -> str:
    """Return the remedy for a fraction of at most 1 that was probably written as a percentage or as a number."""
    if limit != 1 or not isinstance(value, int | float) or value <= 1:
        return ""
    percent = f", such as {value / 100:g} for {value:g} %" if 2 <= value < 100 else ", such as 0.1 for 10 %"
    return f"; write a fraction{percent}"


def _nearest(error: Any, node: Node) -> str | None:
    if error["type"] != "literal_error" or not isinstance(node.value, str):
        return None
    choices = [choice.strip("'") for choice in error["ctx"]["expected"].replace(" or ", ", ").split(", ")]
    return nearest(node.value, choices)
