"""Reading of a space from its form in a spec, with problems at their places."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from kpipe.errors import Problem
from kpipe.messages.counted import counted
from kpipe.nearest import listed, nearest
from kpipe.space.choice import Choice, Label, Option
from kpipe.space.parameter import Condition, Parameter
from kpipe.space.range import FORMS, Range
from kpipe.spec.node import CLASS_NAME, Node, kind_of, shown_value, split_component, text_hint

CHOICE = "Choice"
#: Larger integers have no exact floating-point number.
_LARGEST = 2**53
_EXAMPLE = "`Log: [1e-4, 1e-1]` or `Choice: [32, 64]`"

Evaluate = Callable[[Node], Node]


def is_space(node: Node) -> bool:
    """Return whether a value inside an option has the form of a space, such as `{Log: [1e-3, 1]}`."""
    parts = split_component(node) if node.is_mapping else None
    return parts is not None and (parts[0] in FORMS or parts[0] == CHOICE) and parts[1] is not None and parts[1].is_list


def read_space(
    node: Node, path: str, evaluate: Evaluate, problems: list[Problem], condition: Condition | None = None
) -> list[Parameter]:
    """Return the parameter of a space, followed by those of spaces inside its options.

    Args:
        node: the space, such as `{Log: [1e-6, 1e-2]}`.
        path: the path of the value in the spec.
        evaluate: evaluates the expressions in the bounds of ranges.
        problems: receives the problems of the space; a space with problems has no parameters.
        condition: when the parameter exists; None for always.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> node = read_text("Choice: [{SGD: {learning_rate: {Log: [0.01, 1]}}}, Adam]", "a.yaml")
        >>> [parameter.name for parameter in read_space(node, "train.optimizer", lambda entry: entry, [])]
        ['train.optimizer', 'train.optimizer.SGD.learning_rate']
    """
    found = len(problems)
    name, arguments = (split_component(node) if node.is_mapping else None) or ("", None)
    if arguments is None:
        message = f"expected a space, such as {_EXAMPLE}, got {_got(node)}{_remedy(node, path)}"
        problems.append(Problem(node.mark, node.path, message))
        return []
    if name == CHOICE:
        return _choice(node, arguments, path, evaluate, problems, condition)
    if name not in FORMS:
        known = [*FORMS, CHOICE]
        meant = nearest(name, known)
        message = f"unknown space {name!r}; available: {listed(known, meant)}{_inner_remedy(node, path)}"
        problems.append(Problem(node.key_mark(name), node.path, message, meant))
        return []
    space = _range(name, evaluate(arguments), problems)
    return [Parameter(path, space, node, condition)] if space is not None and len(problems) == found else []


def _got(node: Node) -> str:
    return kind_of(node.value) if isinstance(node.value, list | dict) else shown_value(node.value)


def _remedy(node: Node, path: str) -> str:
    return "" if node.is_list or node.is_mapping else f"; set a fixed value at {path} itself"


def _inner_remedy(node: Node, path: str) -> str:
    """Return how to search a value inside a component: it has a path of its own."""
    inner = next((part for part in node.walk() if part is not node and is_space(part)), None)
    if inner is None:
        return ""
    below = inner.path.removeprefix(f"{node.path}.")
    return f"; the space of a value inside it has its own path: {path}.{below}"


def _range(name: str, bounds: Node, problems: list[Problem]) -> Range | None:
    def refuse(message: str, place: Node = bounds) -> None:
        problems.append(Problem(place.mark, place.path, message, related=place.chain))

    if len(bounds.items) != 2:
        got = counted(len(bounds.items), "value") if bounds.is_list else kind_of(bounds.value)
        refuse(f"expected two bounds, `{name}: [LOW, HIGH]`, got {got}")
        return None
    is_log, is_integer = FORMS[name]
    for bound in bounds.items:
        if not _is_number(bound.value, is_integer):
            kind = "an integer" if is_integer else "a number"
            hint = text_hint(bound.value)
            other = "Log" if is_log else "Uniform"
            if is_integer and _is_number(bound.value, False):
                hint = f"; use {other} for numbers that are not integers"
            refuse(f"expected {kind}, got {shown_value(bound.plain())}{hint}", bound)
            return None
        if is_log and float(bound.value) <= 0:  # type: ignore[arg-type]
            other = "Int" if is_integer else "Uniform"
            refuse(f"expected a bound above 0, got {bound.value}; {other} allows other bounds", bound)
            return None
        if is_integer and abs(bound.value) > _LARGEST:  # type: ignore[arg-type]
            refuse(f"expected an integer of at most {_LARGEST} (2^53) in magnitude, got {bound.value}", bound)
            return None
    low, high = (bound.value for bound in bounds.items)
    if not low < high:  # type: ignore[operator]
        refuse(f"empty range; expected a lower bound below the upper one, got [{low}, {high}]")
        return None
    return Range(name, low, high) if is_integer else Range(name, float(low), float(high))  # type: ignore[arg-type]


def _is_number(value: Any, is_integer: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, int) if is_integer else math.isfinite(value)


def _choice(
    node: Node,
    values: Node,
    path: str,
    evaluate: Evaluate,
    problems: list[Problem],
    condition: Condition | None,
) -> list[Parameter]:
    if not values.is_list:
        message = f"expected a list, `{CHOICE}: [FIRST, SECOND]`, got {kind_of(values.value)}"
        problems.append(Problem(values.mark, values.path, message))
        return []
    if len(values.items) < 2:
        message = f"expected at least 2 options, got {len(values.items)}; set a single value at {path} itself"
        problems.append(Problem(values.mark, values.path, message))
        return []
    if repeated := _repeated(values.items):
        message = f"duplicate option {shown_value(repeated.plain())}; each option has the same probability"
        problems.append(Problem(repeated.mark, repeated.path, message))
        return []
    options = tuple(map(Option, _labels(values.items), values.items))
    inner = []
    found = len(problems)
    for index, option in enumerate(options):
        for part in _spaces(option.node):
            name = f"{path}.{_name_inside(option, index, part)}"
            inner += read_space(part, name, evaluate, problems, Condition(path, option.label))
    if len(problems) > found:
        return []
    return [Parameter(path, Choice(options), node, condition), *inner]


def _name_inside(option: Option, index: int, part: Node) -> str:
    """Return the name of a space inside an option: the label in place of the class, and the path below it."""
    below = part.path.removeprefix(option.node.path).lstrip(".")
    class_name = _class_name(option.node)
    if class_name is None:
        return f"{index}.{below}".rstrip(".")
    return f"{option.label}{below.removeprefix(class_name)}"


def _spaces(node: Node) -> Iterator[Node]:
    """Yield the outermost spaces at and below a value."""
    if is_space(node):
        yield node
    else:
        for child in (*node.entries.values(), *node.items):
            yield from _spaces(child)


def _repeated(items: list[Node]) -> Node | None:
    seen: set[str] = set()
    for item in items:
        text = json.dumps(item.plain(), sort_keys=True)
        if text in seen:
            return item
        seen.add(text)
    return None


def _labels(items: list[Node]) -> list[Label]:
    names = [_label(item) for item in items]
    count = Counter(map(str, names))
    unique: list[Label] = []
    for index, (name, item) in enumerate(zip(names, items, strict=True)):
        is_value = isinstance(item.value, int | float) and not isinstance(item.value, bool)
        unique.append(name if count[str(name)] == 1 or is_value else f"{name} {index}")
    # 1, 1.0 and true are equal in Python, so that values of several types are told apart by their text.
    return unique if len({type(name) for name in unique}) == 1 else [str(name) for name in unique]


def _label(item: Node) -> Label:
    if isinstance(item.value, str | bool | int | float):
        return str(item.value).lower() if isinstance(item.value, bool) else item.value
    class_name = _class_name(item)
    if class_name is not None:
        return class_name
    if is_space(item):
        (form, bounds), *_ = item.plain().items()
        return f"{form}: {json.dumps(bounds)}"
    return shown_value(None) if item.value is None else json.dumps(item.plain(), ensure_ascii=False)


def _class_name(item: Node) -> str | None:
    parts = split_component(item) if not is_space(item) else None
    return parts[0] if parts is not None and CLASS_NAME.match(parts[0]) else None
