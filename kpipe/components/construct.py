"""Construction of the object of a checked component."""

from __future__ import annotations

import inspect
import keyword
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from pydantic import ValidationError

from kpipe.components.application import build_application
from kpipe.components.argument_forms import Form, form_of, resolved
from kpipe.components.inspection.class_info import ArgumentInfo, ClassInfo
from kpipe.components.inspection.custom_classes import make_serializable
from kpipe.components.inspection.init_schema import NAMED_CONSTANTS, opencv_numbers
from kpipe.components.inspection.kinds import BUILT_IN, KINDS
from kpipe.components.inspection.targets import load_target
from kpipe.components.quiet_import import import_keras
from kpipe.components.registry.registry import vocabulary
from kpipe.components.value_text import shown
from kpipe.errors import ArgumentError, KpipeError, Problem, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.paths import path_of

#: Warnings that advise against a class and are not about its arguments.
_ADVICE = r".* is (?:an alias|a special(?:ized)? (?:case|version)) (?:of|for) |This augmenter is very slow"
#: The kinds of components that are part of a saved model.
_SAVED = ("layer", "initializer", "regularizer", "constraint")


def construct(node: Node, kind: str, **extra: Any) -> Any:
    """Construct the object of a component that has been checked.

    Args:
        node: the component with evaluated expressions.
        kind: a name of `KINDS`.
        extra: additional arguments; arguments of the component take precedence.

    Raises:
        SpecError: the constructor of the component, or of a component in its arguments, refuses its arguments.
    """
    if kind == "layer" and node.is_list:
        layers = [construct(entry, kind) for entry in node.items]
        return import_keras().Sequential(layers, **extra)
    name, arguments = split_component(node) or ("", None)
    known = resolved(kind, name)
    if known is None:
        raise SpecError([Problem(node.key_mark(name), node.path, f"unknown {kind} {name!r}")])
    entries = arguments.entries if arguments is not None else {}
    described = {key: known.argument(key) for key in entries}
    values = {key: _value(entries[key], argument) for key, argument in described.items() if argument is not None}
    return _called(known, {**extra, **values}, node, name, entries)


def _called(known: ClassInfo, values: dict[str, Any], node: Node, name: str, entries: dict[str, Node]) -> Any:
    # Functions of keras.applications have no argument `trainable`, but their models have the attribute.
    trainable = values.pop("trainable", True) if known.kind == "application" else True
    try:
        component, values = known.load(), {_parameter(key): value for key, value in values.items()}
        make_serializable(component, known.origin, vocabulary().is_shared(known.name))
        with _strict() if known.kind == "transform" else nullcontext():
            made = build_application(component, values) if known.kind == "application" else component(**values)
        if known.origin not in BUILT_IN:
            _check_kind(made, known)
        if known.kind in _SAVED and known.origin not in BUILT_IN:
            _check_config(made, known)
            _refuse_lost_arguments(component, made, known, values, node, name, entries)
        if not trainable:
            made.trainable = False
    except SpecError:
        raise
    except ArgumentError as error:
        argument = next((key for key in entries if _parameter(key) == error.argument), error.argument)
        place = entries.get(argument, node)
        path = ".".join(part for part in (node.path, name, argument) if part)
        raise SpecError([Problem(place.mark, path, error.message, error.suggestion, place.chain)]) from error
    except KpipeError:
        raise
    except Exception as error:
        located = _argument_problems(error, node, name, entries)
        if located:
            raise SpecError(located) from error
        # Custom constructors can raise any exception for invalid arguments.
        message = f"{known.name} cannot be built: {_first_paragraph(error)}"
        raise SpecError([Problem(node.key_mark(name), node.path, message, related=node.chain)]) from error
    return made


def _parameter(key: str) -> str:
    """Return the name of the parameter of an argument; a keyword of Python has a suffix there: `except_`."""
    return f"{key}_" if keyword.iskeyword(key) else key


@contextmanager
def _strict() -> Iterator[None]:
    """Raise what Albumentations warns about when it constructs a transform: corrected and ignored arguments."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=_ADVICE)
        yield


def _argument_problems(error: Exception, node: Node, name: str, entries: dict[str, Node]) -> list[Problem]:
    """Return the problems of arguments that Albumentations' schemas refuse, at their places."""
    if isinstance(error, Warning) and (of := str(error).partition(":")[0]) in entries:
        # The warning reports a correction, which the error prevents.
        text = str(error).partition(":")[2].strip().replace(" automatically adjusted to ", " would be adjusted to ")
        return [_refused_argument(entries[of], node, name, of, text)]
    refused = error.__cause__ if isinstance(error.__cause__, ValidationError) else None
    reasons: dict[str, list[str]] = {}
    for entry in refused.errors(include_url=False) if refused is not None else ():
        # The location of an argument of one of several types continues with the name of the type.
        of = str(entry["loc"][0]) if entry["loc"] else ""
        text = "too few entries" if entry["type"] == "missing" else entry["msg"].removeprefix("Value error, ")
        reasons.setdefault(of, []).append(text)
    return [
        _refused_argument(entries.get(of, node), node, name, of, " or ".join(dict.fromkeys(texts)))
        for of, texts in reasons.items()
    ]


def _refused_argument(place: Node, node: Node, name: str, argument: str, reason: str) -> Problem:
    path = ".".join(part for part in (node.path, name, argument) if part)
    reason = reason[:1].lower() + reason[1:].rstrip(".")
    got = f", got {shown(place.plain())}" if place is not node else ""
    return Problem(place.mark, path, f"not allowed; {ascii(reason)[1:-1]}{got}", related=place.chain)


def _check_kind(made: Any, known: ClassInfo) -> None:
    """Check that a custom function returns an object of the kind that it is registered as."""
    bases = tuple(load_target(base) for base in KINDS[known.kind].bases)
    if bases and not isinstance(made, bases):
        raise TypeError(f"expected {KINDS[known.kind]} as the return value, got {type(made).__name__}")


def _check_config(made: Any, known: ClassInfo) -> None:
    """Check that a custom component can be saved; saving would otherwise fail after the training."""
    try:
        made.get_config()
    except NotImplementedError:
        message = f"a model with {known.name} cannot be saved; add a method get_config that returns its arguments"
        raise TypeError(message) from None


def _refuse_lost_arguments(
    component: Any, made: Any, known: ClassInfo, values: dict[str, Any], node: Node, name: str, entries: dict[str, Node]
) -> None:
    """Check that `get_config` of a class returns all arguments that are set, since a saved model would lose others."""
    base = load_target(str(KINDS[known.kind].base))
    # A class with its own from_config can use other keys in its configuration.
    if type(made) is not component or component.from_config.__func__ is not base.from_config.__func__:
        return
    config = made.get_config()
    for key in inspect.signature(component).parameters:
        argument = known.arguments.get(key)
        if key not in values or key in config or argument is None or values[key] == argument.default:
            continue
        place = entries.get(key, node)
        path = ".".join(part for part in (node.path, name, key) if part)
        message = (
            f"a saved model would lose this argument, since {known.name}.get_config does not return {key!r}; return "
            f'{{**super().get_config(), "{key}": ...}} from it'
        )
        raise SpecError([Problem(place.mark, path, message, related=place.chain)])


def _first_paragraph(error: Exception) -> str:
    text = " ".join(str(error).strip().split("\n\n", 1)[0].split())
    if isinstance(error, TypeError) and "unexpected keyword argument 'name'" in text:
        text += "; accept **kwargs and pass them on: super().__init__(**kwargs)"
    return text or type(error).__name__


def _value(node: Node, argument: ArgumentInfo) -> Any:
    form = form_of(node, argument)
    if form is Form.COMPONENT:
        return construct(node, str(argument.object_kind))
    if form is Form.COMPONENTS:
        return [construct(entry, str(argument.object_kind)) for entry in node.items]
    if argument.is_path:
        return _as_paths(node, argument.words)
    if argument.name in NAMED_CONSTANTS:
        return opencv_numbers(node.plain())
    return as_numbers(node.plain(), argument.types, argument.item_types)


def as_numbers(value: Any, types: frozenset[str], item_types: frozenset[str]) -> Any:
    """Return a value with integers converted to floats if only floats are allowed."""
    if isinstance(value, list):
        return [as_numbers(entry, item_types, item_types) for entry in value]
    only_floats = "float" in types and not types & {"int", "any"}
    return float(value) if only_floats and isinstance(value, int) and not isinstance(value, bool) else value


def _as_paths(node: Node, words: tuple[str, ...]) -> Any:
    """A value with absolute paths for strings; relative ones are resolved against the folder of their file."""
    if isinstance(node.value, str):
        return node.value if node.value in words else path_of(node)
    if node.is_list:
        return [_as_paths(entry, words) for entry in node.items]
    return {key: _as_paths(entry, words) for key, entry in node.entries.items()} if node.is_mapping else node.value
