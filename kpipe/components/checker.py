"""Check of a component before it is built."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from kpipe.components.argument_example import argument_example
from kpipe.components.argument_forms import Form, form_of, resolved
from kpipe.components.call_remedy import call_remedy
from kpipe.components.check_value import check_value
from kpipe.components.composition_problems import composition_problems
from kpipe.components.construct import construct
from kpipe.components.inspection.class_info import ArgumentInfo, ClassInfo
from kpipe.components.inspection.kinds import KINDS, plural
from kpipe.components.inspection.overlay import overlay, renamed
from kpipe.components.layer_problems import layer_problems
from kpipe.components.registry.registry import vocabulary
from kpipe.components.transform_lists import written_out
from kpipe.components.value_text import because, expected, shown
from kpipe.errors import Problem, SpecError
from kpipe.messages.call_argument import is_command_line
from kpipe.messages.counted import counted
from kpipe.nearest import MOST_LISTED, listed, nearest
from kpipe.spec.items import glued_key, item_problem, saved_form
from kpipe.spec.node import Node, kind_of, split_component, text_hint


@dataclass(frozen=True)
class Place:
    """Names that are allowed in the place of a component in addition to components, for suggestions.

    Args:
        names: keywords and blocks that are allowed instead of a component.
        arguments: arguments that every component accepts in this place.
        replacing: those of `arguments` with which no argument is required.
    """

    names: Collection[str] = ()
    arguments: Collection[str] = ()
    replacing: Collection[str] = ()


def check(node: Node, kind: str, path: str, problems: list[Problem], place: Place = Place()) -> None:
    """Check a component: its class, and the names, types, ranges and objects of its arguments.

    Expressions are skipped. A source, a preparation, a transform, a mix, a view or a strategy without expressions is
    also constructed, which opens no files, so that errors of its constructor are reported, too.

    Args:
        node: the component, such as `Conv2D: {filters: 3}` or `ReLU`; a layer can also be a list of layers.
        kind: a name of `KINDS`.
        path: dotted path of the component.
        problems: receives the problems of the component.
        place: other names that are allowed in its place.

    Example:
        >>> from kpipe.errors import Mark
        >>> problems = []
        >>> check(Node("Dens", Mark("a.yaml", 1, 1, 1, 5)), "layer", "model.0", problems)
        >>> print(problems[0])
        a.yaml:1:1: model.0: unknown layer 'Dens'; did you mean Dense?
    """
    found: list[Problem] = []
    _Checker(found, evaluated=False).component(node, kind, path, place=place)
    if (
        not found
        and kind in ("source", "preparation", "strategy", "transform", "mix", "view")
        and not any(part.is_expression for part in node.walk())
        and vocabulary().may_build(node, kind)
    ):
        try:
            found += _construction_problems(node, kind)
        except SpecError as error:
            found += error.problems
    problems += found


def _construction_problems(node: Node, kind: str) -> list[Problem]:
    """Construct a component and return the problems of the transforms that it stands for."""
    if kind != "transform":
        construct(node, kind)
        return []
    parts = written_out([node])
    found = [problem for part in parts if part is not node for problem in check_evaluated(part, kind, ())]
    for part in parts if not found else ():
        # Constructing a transform imports Albumentations, so it is done only if the class can refuse more.
        if _can_refuse(part):
            construct(part, kind)
    return found


def _can_refuse(node: Node) -> bool:
    """Return whether the constructor of a transform can refuse arguments that were checked."""
    name, arguments = split_component(node) or ("", None)
    known = resolved("transform", name)
    if known is None or known.origin != KINDS["transform"].library or known.refuses_more:
        return known is not None
    given = arguments.entries if arguments is not None else {}
    return any(
        entry.is_list or entry.is_mapping or known.arguments[key].refuses_more
        for key, entry in given.items()
        if key in known.arguments
    )


def check_evaluated(node: Node, kind: str, given: Collection[str]) -> list[Problem]:
    """Return the problems of a component with evaluated expressions.

    Args:
        node: the component.
        kind: a name of `KINDS`.
        given: names of arguments that the caller adds.
    """
    found: list[Problem] = []
    _Checker(found, evaluated=True).component(node, kind, node.path, given)
    return found


class _Checker:
    """Checks a component and the components in its arguments.

    Args:
        problems: receives the problems.
        evaluated: whether strings that begin with `=` are plain strings.
    """

    def __init__(self, problems: list[Problem], evaluated: bool) -> None:
        self.problems, self.evaluated = problems, evaluated

    def component(
        self,
        node: Node,
        kind: str,
        path: str,
        given: Collection[str] = (),
        place: Place = Place(),
    ) -> None:
        if self._is_skipped(node):
            return
        if kind == "layer" and node.is_list:
            for position, entry in enumerate(node.items):
                self.component(entry, kind, f"{path}.{position}")
            return
        problem = item_problem(node, str(KINDS[kind]))
        if problem is not None:
            self.problems.append(Problem(problem.mark, path, problem.message, related=node.chain))
            return
        name, arguments = split_component(node) or ("", None)
        known = resolved(kind, name)
        if known is None and vocabulary().is_unchecked(name):
            return
        if known is None:
            self.problems.append(_unknown_class(node, kind, name, path, place))
        elif arguments is None or arguments.value is None:
            self._required(node, name, known, given, path)
            self.problems += composition_problems(node, known, path, self.evaluated)
        elif arguments.is_mapping:
            # A misspelled argument is not also reported as missing.
            allowed = [*known.arguments, *place.arguments]
            meant = (
                _renamed(known, key)[1] or nearest(key, allowed)
                for key in arguments.entries
                if known.argument(key) is None
            )
            written = {*arguments.entries, *(key for key in meant if key is not None)}
            if not any(key in written and key not in arguments.entries for key in place.replacing):
                self._required(node, name, known, {*given, *written}, path)
            inside = f"{path}.{name}" if path else name
            self._arguments(arguments, known, inside, allowed)
            self.problems += composition_problems(node, known, inside, self.evaluated)
            self.problems += layer_problems(arguments, known, inside, self.evaluated)
        elif not self._is_skipped(arguments):
            example = argument_example(name, known, arguments)
            message = f"invalid arguments; expected {example}, got {kind_of(arguments.value)}"
            self.problems.append(Problem(arguments.mark, path, message, related=arguments.chain))

    def _required(self, node: Node, name: str, known: ClassInfo, given: Collection[str], path: str) -> None:
        missing = [key for key, entry in known.arguments.items() if entry.required and key not in given]
        if missing:
            reasons = "".join(because(known.arguments[key]) for key in missing)
            message = f"{known.name} requires {', '.join(missing)}{reasons}"
            self.problems.append(Problem(node.key_mark(name), path, message, related=node.chain))

    def _arguments(self, arguments: Node, known: ClassInfo, path: str, allowed: list[str]) -> None:
        for key, entry in arguments.entries.items():
            if (argument := known.argument(key)) is not None:
                self._argument(entry, argument, f"{path}.{key}")
            else:
                glued = glued_key(key) or _withheld(known, key)
                former, now = _renamed(known, key) if glued is None else (None, None)
                meant = now if glued or former else nearest(key, allowed)
                available = listed(allowed, meant) or "none"
                message = glued or former or f"{known.name} has no argument {key!r}; available: {available}"
                mark = arguments.key_mark(key)
                self.problems.append(Problem(mark, f"{path}.{key}", message, meant, arguments.chain))

    def _argument(self, node: Node, argument: ArgumentInfo, path: str) -> None:
        if self._is_skipped(node):
            return
        # A value from a variable is reported where the variable is defined.
        path = node.path if node.chain and node.path else path
        form, kind = form_of(node, argument), argument.object_kind or ""
        if kind and node.is_text and (remedy := _call_remedy(node, kind, path, str(node.value))):
            message = f"a call of Python is not {KINDS[kind]}; {remedy}"
            self.problems.append(Problem(node.mark, path, message, related=node.chain))
            return
        if form is Form.COMPONENT and argument.is_list_of_components:
            message = f"not a list; expected {expected(argument)}, got {kind_of(node.value)}; write `[...]` around it"
            self.problems.append(Problem(node.mark, path, message, related=node.chain))
            return
        if form is Form.PLAIN:
            if saved := _saved(node, argument):
                self.problems.append(Problem(saved.mark, path, saved_form(saved) or "", related=saved.chain))
            else:
                check_value(node, _with_names(argument), path, self.problems)
        elif form is Form.NAME:
            self._name(node, argument, path)
        elif form is Form.COMPONENT:
            self.component(node, kind, path)
        else:
            if len(node.items) < argument.min_items:
                least = counted(argument.min_items, kind, plural(kind))
                message = f"too few entries; expected at least {least}, got {len(node.items) or 'an empty list'}"
                self.problems.append(Problem(node.mark, path, message, related=node.chain))
            for position, entry in enumerate(node.items):
                self.component(entry, kind, f"{path}.{position}")

    def _name(self, node: Node, argument: ArgumentInfo, path: str) -> None:
        """Check a string that Keras converts to an object, such as `glorot_uniform`."""
        kind, text = argument.object_kind or "", str(node.value)
        if text not in vocabulary().texts(kind):
            message = f"not allowed; expected {expected(_with_names(argument))}, got {shown(text)}"
            message += text_hint(text, argument.types) if "null" in argument.types else ""
            meant = nearest(text, vocabulary().texts(kind))
            self.problems.append(Problem(node.mark, path, message, meant, node.chain))

    def _is_skipped(self, node: Node) -> bool:
        return node.is_expression and not self.evaluated


def _with_names(argument: ArgumentInfo) -> ArgumentInfo:
    """Return the argument with the strings that Keras accepts for its kind as choices, except those of base classes."""
    kind = argument.object_kind
    if kind is None or argument.choices is not None or "str" not in argument.types:
        return argument
    names = tuple(name for name in vocabulary().texts(kind) if name.islower() and name != kind)
    return replace(argument, choices=names) if names else argument


def _saved(node: Node, argument: ArgumentInfo) -> Node | None:
    """Return the part of a plain value that has Keras' serialized form, if mappings are not allowed; else None."""
    if argument.types & {"dict", "any"}:
        return None
    return next((part for part in node.walk() if saved_form(part)), None)


def _call_remedy(node: Node, kind: str, path: str, text: str, others: Collection[str] = ()) -> str | None:
    """Return the remedy for a component that is written as a call of Python, in the form for its place."""
    is_item = path.rpartition(".")[2].isdecimal()
    return call_remedy(kind, text, (*vocabulary().names(kind), *others), is_value=node.is_text and not is_item)


def _available(kind: str) -> str:
    """Return the command that lists the components of a kind; for Python, the components unless they are many."""
    if is_command_line():
        return f"; `kpipe list {plural(kind)}` lists the available ones"
    names = vocabulary().names(kind)
    return f"; available: {listed(names)}" if len(names) <= MOST_LISTED else ""


def _withheld(known: ClassInfo, key: str) -> str | None:
    if reason := overlay(known.kind).unneeded.get(key):
        return f"{known.name} has no argument {key!r} in a spec: {reason}"
    reason = known.withheld.get(key)
    return f"{known.name}.{key} cannot be set in a spec: {reason}" if reason else None


def _renamed(known: ClassInfo, key: str) -> tuple[str | None, str | None]:
    """The message about an argument of an earlier version of the library, and the argument's present name."""
    now = renamed(known.kind, known.name, key) if known.origin == KINDS[known.kind].library else None
    if now is None:
        return None, None
    name, _, explained = now.partition(", ")
    message = f"{known.name} no longer has the argument {key!r} of version 1 of {known.origin}"
    if name not in known.arguments:
        return f"{message}; {now}", None
    return f"{message}; its successor accepts {explained}" if explained else message, name


def _unknown_class(node: Node, kind: str, name: str, path: str, place: Place) -> Problem:
    known = vocabulary()
    mark = node.key_mark(name)
    qualified = known.ambiguous(kind, name)
    if qualified:
        message = f"{name} is ambiguous; expected {' or '.join(qualified)}"
        return Problem(mark, path, message, related=node.chain)
    reason = known.excluded(kind, name)
    if reason is not None:
        return Problem(mark, path, f"{name} cannot be used in a spec: {reason}", related=node.chain)
    remedy = overlay(kind).former.get(name.rpartition(".")[2])
    if remedy is not None:
        message = f"unknown {kind} {name!r}, which was removed from {KINDS[kind].library}; {remedy}"
        return Problem(mark, path, message, related=node.chain)
    if remedy := _call_remedy(node, kind, path, name, place.names):
        return Problem(mark, path, f"a call of Python is not {KINDS[kind]}; {remedy}", related=node.chain)
    other = known.other_kind(kind, name)
    if other is not None:
        return Problem(mark, path, f"{name!r} is {KINDS[other]}, not {KINDS[kind]}", related=node.chain)
    if name == "None":
        message = f"expected {KINDS[kind]}, got the string 'None'; remove it for the default"
        return Problem(mark, path, message, related=node.chain)
    meant = known.suggest(kind, name, place.names)
    message = f"unknown {kind} {name!r}" + ("" if meant else _available(kind))
    return Problem(mark, path, message, meant, node.chain)
