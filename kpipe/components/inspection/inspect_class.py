"""Description of a class as plain data, from its signature, docstring, annotations, and the overlay."""

from __future__ import annotations

import functools
import inspect
import keyword
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Literal, get_args, get_origin

from kpipe.components.inspection.annotations import alternatives, annotations_of, metadata_in
from kpipe.components.inspection.class_info import FILE_USES, ArgumentInfo, ClassInfo
from kpipe.components.inspection.docstring import parse_docstring, types_in
from kpipe.components.inspection.init_schema import InitSchema
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
    """A parameter of the constructor, or of the constructor of a base class that receives `**kwargs`.

    Args:
        name: the name of the parameter.
        default: the default; `inspect.Parameter.empty` if there is none.
        hint: the evaluated annotation; None if there is none or it cannot be evaluated.
        base: the base class with the parameter; None for a parameter of the constructor itself.
    """

    name: str
    default: Any
    hint: Any = None
    base: Any = None

    @property
    def key(self) -> str:
        """The name in a spec, without the `_` that a keyword of Python has in a signature: `except` for `except_`."""
        key = self.name.removesuffix("_")
        return key if keyword.iskeyword(key) else self.name

    @property
    def of_keras(self) -> bool:
        """Whether this is a parameter of a base class of Keras."""
        return self.base is not None and _is_of_keras(self.base)


def inspect_class(name: str, kind: str, origin: str, target: str) -> ClassInfo:
    """Return the description of a class, or of a function that returns a component.

    Types come from annotations, or otherwise from the docstring and the default. Metadata of `Annotated` adds further
    facts, for classes of kpipe, of plug-ins and of imported files:

    | attribute of the metadata | meaning |
    |---|---|
    | `ge`, `gt`, `le`, `lt` | limits of numbers, as in `annotated_types.Interval` |
    | `keras_argument` | the name of an argument of Keras' components of this kind that accepts the same values |
    | `not_in_spec` | the reason why the argument cannot be set in a spec |
    | `spec_file` | the use of a file name, one of `FILE_USES`; `output` for files and folders that a callback writes |

    A class can have the attribute `refused_arguments`: names of arguments that others of its kind have, each with the
    reason why this class does not. The overlay adds facts that the classes of Keras do not state.

    Args:
        name: the name in a spec.
        kind: a name of `KINDS`.
        origin: `keras`, `kpipe`, or the module of a plug-in or of imported code.
        target: the module and name of the class or function, such as `keras.layers:Conv2D`.

    Example:
        >>> inspect_class("Dropout", "layer", "keras", "keras.layers:Dropout").arguments["rate"].required
        True
    """
    component = load_target(target)
    described = component.func if isinstance(component, functools.partial) else component
    parameters = list(_parameters(component, described, kind))
    schema = InitSchema.of(component)
    documented = parse_docstring(inspect.getdoc(described) or "", [parameter.name for parameter in parameters])
    arguments, refused = {}, dict(vars(described).get("refused_arguments", {}))
    for parameter in parameters:
        reason = withheld(kind, described.__name__, parameter.name) or _metadata_string(parameter.hint, "not_in_spec")
        reason = reason or schema.ignored(parameter.name)
        if reason is not None:
            refused[parameter.key] = reason
            continue
        text = documented.arguments.get(parameter.name) or _documented_by_base(parameter, kind)
        arguments[parameter.key] = _described(parameter, text, schema, kind, described.__name__, origin)
    return ClassInfo(
        name,
        kind,
        origin,
        target,
        summary=documented.summary,
        description=documented.description,
        arguments=arguments,
        withheld=refused,
        refuses_more=schema.compares_arguments,
        others=_others(component, described),
    )


def _others(component: Any, described: Any) -> ArgumentInfo | None:
    """Return the description of each keyword that `**kwargs` accepts, if its annotation states its type."""
    hints = annotations_of(described)
    for entry in inspect.signature(component).parameters.values():
        if entry.kind is inspect.Parameter.VAR_KEYWORD and hints.get(entry.name) not in (None, Any):
            return _argument(_Parameter(entry.name, inspect.Parameter.empty, hints[entry.name]), "")
    return None


def _described(
    parameter: _Parameter, text: str, schema: InitSchema, kind: str, class_name: str, origin: str
) -> ArgumentInfo:
    """Return the argument with the facts from its annotation, from the text about it, and from the overlay."""
    argument = _argument(replace(parameter, hint=schema.hint(parameter.name, parameter.hint)), text)
    argument = schema.refined(_ruled(argument, parameter, kind, class_name, origin))
    return restricted(argument, kind, class_name, origin) if origin in ("keras", "kpipe") else argument


def _ruled(argument: ArgumentInfo, parameter: _Parameter, kind: str, class_name: str, origin: str) -> ArgumentInfo:
    """Return the argument with the facts from the overlay and the metadata of its annotation."""
    keras_argument = _metadata_string(parameter.hint, "keras_argument")
    rule = rule_for(kind, class_name, keras_argument or argument.name)
    of_library = origin == KINDS[kind].library or keras_argument or parameter.of_keras
    if rule is not None and (of_library or rule.object_kind is not None):
        argument = rule.applied(argument)
    file = _metadata_string(parameter.hint, "spec_file")
    if file is not None and file not in FILE_USES:
        raise ValueError(f"{argument.name}: unknown spec_file; expected one of {', '.join(FILE_USES)}, got {file!r}")
    return argument if file is None else replace(argument, file=file)


def _metadata_string(hint: Any, attribute: str) -> str | None:
    """Return the first string in the metadata of an annotation under an attribute, or None."""
    values = (getattr(entry, attribute, None) for entry in metadata_in(hint)) if hint is not None else ()
    return next((value for value in values if isinstance(value, str)), None)


def _documented_by_base(parameter: _Parameter, kind: str) -> str:
    """Return the text about a parameter of a base class, which is empty for bases such as `keras.layers.Layer`."""
    if parameter.base is None or (parameter.of_keras and parameter.base.__name__ not in overlay(kind).inherited):
        return ""
    names = inspect.signature(parameter.base).parameters
    return parse_docstring(inspect.getdoc(parameter.base) or "", names).arguments.get(parameter.name, "")


def _parameters(component: Any, described: Any, kind: str) -> Iterator[_Parameter]:
    """Yield the parameters of the signature, and those of base classes that receive `**kwargs`."""
    signature, hints = inspect.signature(component).parameters, annotations_of(described)
    for entry in signature.values():
        if entry.kind not in _VARIADIC:
            yield _Parameter(entry.name, entry.default, hints.get(entry.name))
    for name in overlay(kind).extra:
        yield _Parameter(name, True)
    if _accepts_any_keyword(signature):
        names = set(signature)
        for parameter in _inherited(component, kind):
            if parameter.name not in names:
                names.add(parameter.name)
                yield parameter


def _inherited(component: Any, kind: str) -> Iterator[_Parameter]:
    """Yield the keyword parameters of base classes: of Keras by the overlay, of other public ones by signature."""
    receives_kwargs = True
    for base in inspect.getmro(component)[1:] if inspect.isclass(component) else ():
        if _is_of_keras(base):
            parameters = inspect.signature(base).parameters
            for name in overlay(kind).inherited.get(base.__name__, ()):
                yield _Parameter(name, parameters[name].default, base=base)
        elif receives_kwargs and "__init__" in vars(base):
            if _is_public(base):
                # Subclasses usually pass required arguments themselves.
                yield from (entry for entry in _keyword_only(base) if entry.default is not inspect.Parameter.empty)
            receives_kwargs = _accepts_any_keyword(inspect.signature(vars(base)["__init__"]).parameters)
    if kind == "layer":
        yield from _keyword_only(load_target(str(KINDS[kind].base)))


def _keyword_only(base: Any) -> Iterator[_Parameter]:
    hints = annotations_of(base)
    for entry in inspect.signature(vars(base)["__init__"]).parameters.values():
        if entry.kind is _KEYWORD:
            yield _Parameter(entry.name, entry.default, hints.get(entry.name), base)


def _accepts_any_keyword(parameters: Mapping[str, inspect.Parameter]) -> bool:
    return any(entry.kind is inspect.Parameter.VAR_KEYWORD for entry in parameters.values())


def _is_public(base: Any) -> bool:
    return not any(part.startswith("_") for part in f"{base.__module__}.{base.__name__}".split("."))


def _is_of_keras(base: Any) -> bool:
    return str(base.__module__).partition(".")[0] == "keras"


def _argument(parameter: _Parameter, documentation: str) -> ArgumentInfo:
    required = parameter.default is inspect.Parameter.empty
    argument = ArgumentInfo(
        parameter.key,
        required=required,
        default=None if required else _plain(parameter.default),
        documentation=documentation,
    )
    if parameter.hint is not None:
        return annotated(argument, parameter.hint)
    mentioned = types_in(documentation)
    return replace(argument, types=_merged(mentioned.types, argument), item_types=mentioned.item_types)


def _merged(named: frozenset[str], argument: ArgumentInfo) -> frozenset[str]:
    """Return the types from the docstring and the default, which alone can be None, or an integer for a float."""
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
    """Return a default as a JSON value; objects of other types become strings."""
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    return value if type(value) in _PLAIN else str(value)


@dataclass
class _Allowed:
    """The types, choices, limits and kinds that the alternatives of an annotation allow."""

    types: set[str]
    items: set[str]
    choices: list[Any]
    limits: list[Limits]
    kinds: set[str]
    is_path: bool = False


def annotated(argument: ArgumentInfo, hint: Any) -> ArgumentInfo:
    """Return the argument with the types, choices and range of an annotation."""
    found = _allowed(hint)
    limits = functools.reduce(Limits.hull, found.limits) if found.limits else Limits()
    # If strings are allowed as well, they can be names that only the class can resolve.
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
    """Add a list or a mapping with the types of its entries."""
    inner = [_allowed(entry) for entry in get_args(hint) if entry is not ...]
    found.types.add(type_name)
    found.is_path = found.is_path or any(entry.is_path for entry in inner)
    found.limits += [limits for entry in inner for limits in entry.limits]
    if type_name == "list":
        found.items |= {name for entry in inner for name in entry.types | entry.items}
        found.items |= {"any" for entry in inner if entry.kinds}


def _is_a(part: Any, base: type) -> bool:
    return inspect.isclass(part) and issubclass(part, base)
