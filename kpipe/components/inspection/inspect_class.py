"""Describes a class as plain data: its signature, docstring and annotations, and the rules of the overlay."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Literal, get_args, get_origin

from kpipe.components.inspection.annotations import alternatives, annotations_of, metadata_in
from kpipe.components.inspection.class_info import FILE_USES, ArgumentInfo, ClassInfo
from kpipe.components.inspection.docstring import parse_docstring, types_in
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.limits import Limits
from kpipe.components.inspection.module_components import kind_of_class
from kpipe.components.inspection.overlay import overlay, rule_for, withheld
from kpipe.components.inspection.plain_values import restricted
from kpipe.components.inspection.targets import load_target

_PLAIN: dict[Any, str] = {bool: "bool", int: "int", float: "float", str: "str", type(None): "null"}
_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class _Parameter:
    """A parameter of the constructor, its own or one of a base class that it passes on by `**kwargs`.

    Args:
        name: its name.
        default: its default; `inspect.Parameter.empty` where there is none.
        hint: its annotation; None where there is none that can be evaluated.
        base: the base class whose parameter it is; None for one of the constructor itself.
    """

    name: str
    default: Any
    hint: Any = None
    base: Any = None

    @property
    def of_keras(self) -> bool:
        """Whether it is a parameter of a base class of Keras."""
        return self.base is not None and _is_of_keras(self.base)


def inspect_class(name: str, kind: str, origin: str, target: str) -> ClassInfo:
    """Describe a class, or a function that makes a component.

    Types come from annotations, or else from the docstring and the default. Ranges and more come from the metadata of
    `Annotated`, for classes of kpipe, of plug-ins and of imported files alike:

    | attribute of the metadata | meaning |
    |---|---|
    | `ge`, `gt`, `le`, `lt` | limits of the numbers, as of `annotated_types.Interval` |
    | `keras_argument` | the name of an argument of Keras' components of this kind that accepts the same |
    | `not_in_spec` | why a spec cannot give the argument |
    | `spec_file` | what a string names: `output`, a file or folder that a callback writes, or another of `FILE_USES` |

    What Keras' own classes do not state comes from the overlay.

    Args:
        name: its name in a spec.
        kind: a name of `KINDS`.
        origin: `keras`, `kpipe`, or a plug-in.
        target: where it is found, such as `keras.layers:Conv2D`.

    Example:
        >>> inspect_class("Dropout", "layer", "keras", "keras.layers:Dropout").arguments["rate"].required
        True
    """
    component = load_target(target)
    described = component.func if isinstance(component, functools.partial) else component
    parameters = list(_parameters(component, described, kind))
    documented = parse_docstring(inspect.getdoc(described) or "", [parameter.name for parameter in parameters])
    arguments, refused = {}, {}
    for parameter in parameters:
        reason = withheld(kind, described.__name__, parameter.name) or _noted(parameter.hint, "not_in_spec")
        if reason is not None:
            refused[parameter.name] = reason
            continue
        text = documented.arguments.get(parameter.name) or _documented_by_base(parameter, kind)
        argument = _ruled(_argument(parameter, text), parameter, kind, described.__name__, origin)
        if origin in ("keras", "kpipe"):
            argument = restricted(argument, kind, described.__name__, origin)
        arguments[parameter.name] = argument
    return ClassInfo(name, kind, origin, target, summary=documented.summary, arguments=arguments, withheld=refused)


def _ruled(argument: ArgumentInfo, parameter: _Parameter, kind: str, class_name: str, origin: str) -> ArgumentInfo:
    """The argument with what the overlay and the metadata of its annotation add."""
    same = _noted(parameter.hint, "keras_argument")
    rule = rule_for(kind, class_name, same or argument.name)
    if rule is not None and (origin == "keras" or same or parameter.of_keras or rule.object_kind is not None):
        argument = rule.applied(argument)
    file = _noted(parameter.hint, "spec_file")
    if file is not None and file not in FILE_USES:
        raise ValueError(f"{argument.name}: unknown spec_file; expected one of {', '.join(FILE_USES)}, got {file!r}")
    return argument if file is None else replace(argument, file=file)


def _noted(hint: Any, attribute: str) -> str | None:
    """The string that the metadata of an annotation has as this attribute, or None."""
    values = (getattr(entry, attribute, None) for entry in metadata_in(hint)) if hint is not None else ()
    return next((value for value in values if isinstance(value, str)), None)


def _documented_by_base(parameter: _Parameter, kind: str) -> str:
    """The text of a base class about an argument; that of `keras.layers.Layer` is the same for every layer."""
    if parameter.base is None or (parameter.of_keras and parameter.base.__name__ not in overlay(kind).inherited):
        return ""
    names = inspect.signature(parameter.base).parameters
    return parse_docstring(inspect.getdoc(parameter.base) or "", names).arguments.get(parameter.name, "")


def _parameters(component: Any, described: Any, kind: str) -> Iterator[_Parameter]:
    """The parameters of the signature, and those of base classes that `**kwargs` passes on."""
    signature, hints = inspect.signature(component).parameters, annotations_of(described)
    for entry in signature.values():
        if entry.kind not in _VARIADIC:
            yield _Parameter(entry.name, entry.default, hints.get(entry.name))
    for name in overlay(kind).extra:
        yield _Parameter(name, True)
    if _takes_any_keyword(signature):
        names = set(signature)
        for parameter in _inherited(component, kind):
            if parameter.name not in names:
                names.add(parameter.name)
                yield parameter


def _inherited(component: Any, kind: str) -> Iterator[_Parameter]:
    """What base classes take by keyword: those of Keras by the overlay, other public ones by their signatures."""
    open_ended = True
    for base in inspect.getmro(component)[1:] if inspect.isclass(component) else ():
        if _is_of_keras(base):
            parameters = inspect.signature(base).parameters
            for name in overlay(kind).inherited.get(base.__name__, ()):
                yield _Parameter(name, parameters[name].default, base=base)
        elif open_ended and "__init__" in vars(base):
            if _is_public(base):
                # A required one is usually passed by the subclass itself.
                yield from (entry for entry in _keyword_only(base) if entry.default is not inspect.Parameter.empty)
            open_ended = _takes_any_keyword(inspect.signature(vars(base)["__init__"]).parameters)
    if kind == "layer":
        yield from _keyword_only(load_target(str(KINDS[kind].base)))


def _keyword_only(base: Any) -> Iterator[_Parameter]:
    hints = annotations_of(base)
    for entry in inspect.signature(vars(base)["__init__"]).parameters.values():
        if entry.kind is _KEYWORD:
            yield _Parameter(entry.name, entry.default, hints.get(entry.name), base)


def _takes_any_keyword(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return any(entry.kind is inspect.Parameter.VAR_KEYWORD for entry in parameters.values())


def _is_public(base: Any) -> bool:
    return not any(part.startswith("_") for part in f"{base.__module__}.{base.__name__}".split("."))


def _is_of_keras(base: Any) -> bool:
    return str(base.__module__).partition(".")[0] == "keras"


def _argument(parameter: _Parameter, documentation: str) -> ArgumentInfo:
    required = parameter.default is inspect.Parameter.empty
    argument = ArgumentInfo(
        parameter.name,
        required=required,
        default=None if required else _plain(parameter.default),
        documentation=documentation,
    )
    if parameter.hint is not None:
        return annotated(argument, parameter.hint)
    named = types_in(documentation)
    return replace(argument, types=_merged(named.types, argument), item_types=named.item_types)


def _merged(named: frozenset[str], argument: ArgumentInfo) -> frozenset[str]:
    """The types of docstring and default together; the default alone is not enough where it is None or an integer."""
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
    """A default as JSON has it; other values as strings."""
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    return value if type(value) in _PLAIN else str(value)


@dataclass
class _Allowed:
    """What an annotation allows, collected from its alternatives."""

    types: set[str]
    items: set[str]
    choices: list[Any]
    limits: list[Limits]
    kinds: set[str]
    is_path: bool = False


def annotated(argument: ArgumentInfo, hint: Any) -> ArgumentInfo:
    """The argument with the types, choices and range of an annotation."""
    found = _allowed(hint)
    limits = functools.reduce(Limits.hull, found.limits) if found.limits else Limits()
    # A string beside it may be a name that only the class knows.
    kind = found.kinds.pop() if len(found.kinds) == 1 and not found.types & {"str", "any"} else None
    return replace(
        argument,
        types=frozenset(found.types | ({"any"} if found.kinds else set())),
        item_types=frozenset() if "any" in found.items else frozenset(found.items),
        choices=tuple(found.choices) or None,
        object_kind=kind,
        is_path=found.is_path,
        minimum=limits.minimum,
        maximum=limits.maximum,
        minimum_open=limits.minimum_open,
        maximum_open=limits.maximum_open,
    )


def _allowed(hint: Any) -> _Allowed:
    found = _Allowed(set(), set(), [], [], set())
    for part in alternatives(hint):
        origin = get_origin(part.hint) or part.hint
        if origin is Literal:
            found.choices += get_args(part.hint)
            found.types |= {_type_of(choice) for choice in get_args(part.hint)}
        elif part.hint in _PLAIN:
            found.types.add(_PLAIN[part.hint])
            if part.hint in (int, float):
                found.limits.append(part.limits)
        elif _is_a(origin, PurePath):
            found.types.add("str")
            found.is_path = True
        elif _is_a(origin, Mapping) or _is_a(origin, Sequence):
            _add_entries(found, part.hint, "dict" if _is_a(origin, Mapping) else "list")
        elif (kind := kind_of_class(part.hint)) is not None:
            found.kinds.add(kind)
        else:
            found.types.add("any")
            found.limits.append(part.limits)
    return found


def _add_entries(found: _Allowed, hint: Any, type_name: str) -> None:
    """Adds a list or a mapping."""
    inner = [_allowed(entry) for entry in get_args(hint) if entry is not ...]
    found.types.add(type_name)
    found.is_path = found.is_path or any(entry.is_path for entry in inner)
    found.limits += [limits for entry in inner for limits in entry.limits]
    if type_name == "list":
        found.items |= {name for entry in inner for name in entry.types | entry.items}
        found.items |= {"any" for entry in inner if entry.kinds}


def _is_a(part: Any, base: type) -> bool:
    return inspect.isclass(part) and issubclass(part, base)
