"""A class becomes plain data: its signature, its docstring, its annotations, and the overlay's rules."""

from __future__ import annotations

import contextlib
import functools
import inspect
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from kpipe.components.inspection.class_info import ArgumentInfo, ClassInfo, load_target
from kpipe.components.inspection.docstring import parse_docstring, types_in
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.overlay import EXTRA, INHERITED, rule_for, withheld
from kpipe.components.inspection.plain_values import restricted

_PLAIN: dict[Any, str] = {bool: "bool", int: "int", float: "float", str: "str", type(None): "null"}
_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def inspect_class(name: str, kind: str, origin: str, target: str) -> ClassInfo:
    """What a class, or a function that makes a component, says about itself.

    Args:
        name: its name in a spec.
        kind: a name of `KINDS`.
        origin: `keras`, `kpipe`, or a plug-in.
        target: where it is found, such as `keras.layers:Conv2D`.

    Returns:
        Its arguments with their defaults. Types come from annotations, or else from the docstring and the default;
        ranges, enumerations and objects of Keras' classes from the overlay.

    Example:
        >>> inspect_class("Dropout", "layer", "keras", "keras.layers:Dropout").arguments["rate"].required
        True
    """
    component = load_target(target)
    described = component.func if isinstance(component, functools.partial) else component
    own, inherited = _parameters(component, kind)
    parameters = [*own, *inherited]
    text = inspect.getdoc(described) or ""
    documented = parse_docstring(text, [parameter.name for parameter in parameters])
    of_bases = _documented_by_bases(described)
    hints = _hints(described)
    arguments = {}
    for parameter in parameters:
        documentation = documented.arguments.get(parameter.name) or of_bases.get(parameter.name, "")
        argument = _argument(parameter, documentation, hints.get(parameter.name))
        rule = rule_for(kind, described.__name__, parameter.name)
        if rule is not None and (origin == "keras" or parameter in inherited or rule.object_kind is not None):
            argument = rule.applied(argument)
        rule = rule_for(kind, described.__name__, parameter.name, own=True) if origin == "kpipe" else None
        if rule is not None:
            argument = rule.applied(argument)
        if origin in ("keras", "kpipe"):
            argument = restricted(argument, kind, described.__name__, origin)
        arguments[parameter.name] = argument
    return ClassInfo(name, kind, origin, target, documented.summary, arguments)


def _documented_by_bases(component: Any) -> dict[str, str]:
    """What the docstrings of base classes say of the arguments that a class takes by keyword."""
    found: dict[str, str] = {}
    for base in inspect.getmro(component)[1:] if inspect.isclass(component) else ():
        if names := INHERITED.get(base.__name__, ()):
            told = parse_docstring(inspect.getdoc(base) or "", inspect.signature(base).parameters).arguments
            found |= {name: told[name] for name in names if name in told}
    return found


def _parameters(component: Any, kind: str) -> tuple[list[inspect.Parameter], list[inspect.Parameter]]:
    """The parameters of the signature, and those that a base class takes through `**kwargs`."""
    signature = inspect.signature(component).parameters
    own = [entry for entry in signature.values() if entry.kind not in _VARIADIC]
    inherited = [inspect.Parameter(name, _KEYWORD, default=True) for name in EXTRA.get(kind, ())]
    if any(entry.kind is inspect.Parameter.VAR_KEYWORD for entry in signature.values()):
        inherited += [entry for entry in _inherited(component, kind) if entry.name not in signature]
    name = getattr(component, "__name__", "")
    return _given(own, name, kind), _given(inherited, name, kind)


def _given(parameters: list[inspect.Parameter], name: str, kind: str) -> list[inspect.Parameter]:
    return [entry for entry in parameters if withheld(kind, name, entry.name) is None]


def _inherited(component: Any, kind: str) -> Iterator[inspect.Parameter]:
    """What base classes take by keyword."""
    for base in inspect.getmro(component)[1:] if inspect.isclass(component) else ():
        for name in INHERITED.get(base.__name__, ()):
            yield inspect.signature(base).parameters[name]
    if kind == "layer":
        layer = load_target(str(KINDS[kind].base))
        parameters = inspect.signature(layer.__init__).parameters.values()
        yield from (entry for entry in parameters if entry.kind is _KEYWORD)


def _hints(component: Any) -> dict[str, Any]:
    function = component.__init__ if inspect.isclass(component) else component
    known = getattr(inspect.unwrap(function), "__globals__", {})
    found: dict[str, Any] = {}
    for name, annotation in getattr(function, "__annotations__", {}).items():
        # One that only type checkers can resolve says nothing, and takes nothing from the others.
        with contextlib.suppress(Exception):
            found |= get_type_hints(types.SimpleNamespace(__annotations__={name: annotation}), globalns=known)
    return found


def _argument(parameter: inspect.Parameter, documentation: str, hint: Any) -> ArgumentInfo:
    required = parameter.default is inspect.Parameter.empty
    argument = ArgumentInfo(
        parameter.name,
        required=required,
        default=None if required else _plain(parameter.default),
        documentation=documentation,
    )
    if hint is not None:
        return _annotated(argument, hint)
    named = types_in(documentation)
    return replace(argument, types=_merged(named.types, argument), item_types=named.item_types)


def _merged(named: frozenset[str], argument: ArgumentInfo) -> frozenset[str]:
    """The types of docstring and default together; the default alone says little where it is None or whole."""
    if argument.required:
        return named or frozenset({"any"})
    default = _type_of(argument.default)
    if default == "null":
        return named | {"null"} if named - {"null"} else frozenset({"any"})
    if default == "bool":
        return frozenset({"bool"})
    if default == "int" and not named:
        return frozenset({"int", "float"})
    return named if default == "int" and "float" in named else named | {default}


def _type_of(value: Any) -> str:
    if isinstance(value, list):
        return "list"
    return "dict" if isinstance(value, dict) else _PLAIN.get(type(value), "any")


def _plain(value: Any) -> Any:
    """A default as JSON has it; what JSON does not have, as text."""
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    return value if type(value) in _PLAIN else str(value)


def _annotated(argument: ArgumentInfo, hint: Any) -> ArgumentInfo:
    named: set[str] = set()
    items: set[str] = set()
    choices: list[Any] = []
    is_path = False
    for part in _alternatives(hint):
        origin = get_origin(part) or part
        if origin is Literal:
            choices += get_args(part)
            named |= {_type_of(choice) for choice in get_args(part)}
        elif part in _PLAIN:
            named.add(_PLAIN[part])
        elif _is_a(origin, PurePath):
            named.add("str")
            is_path = True
        elif _is_a(origin, Mapping) or _is_a(origin, Sequence):
            inner = [_annotated(argument, entry) for entry in get_args(part) if entry is not ...]
            named.add("dict" if _is_a(origin, Mapping) else "list")
            is_path = is_path or any(entry.is_path for entry in inner)
            if not _is_a(origin, Mapping):
                items |= {name for entry in inner for name in entry.types | entry.item_types}
        else:
            named.add("any")
    return replace(
        argument,
        types=frozenset(named),
        item_types=frozenset() if "any" in items else frozenset(items),
        choices=tuple(choices) or None,
        is_path=is_path,
    )


def _alternatives(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        for part in get_args(hint):
            yield from _alternatives(part)
    else:
        yield hint


def _is_a(part: Any, base: type) -> bool:
    return inspect.isclass(part) and issubclass(part, base)
