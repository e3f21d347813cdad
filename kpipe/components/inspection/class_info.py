"""A component's class as plain data."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, fields
from importlib import import_module
from typing import Any

from kpipe.components.inspection.limits import Limits
from kpipe.components.inspection.module_components import components_of, loading
from kpipe.components.inspection.targets import held, load_target

#: The types that an argument may have in a spec; `any` accepts everything.
TYPES = ("bool", "int", "float", "str", "list", "dict", "null", "any")

#: What a string that names a file is: `vocabulary`, read with the spec; `output`, written below the run folder;
#: `template`, likewise with fields such as `{epoch}` in its name; `companion`, read by other programs.
FILE_USES = ("vocabulary", "output", "template", "companion")

_SETS = ("types", "item_types")


@dataclass(frozen=True, slots=True)
class ArgumentInfo:
    """One argument of a component.

    Args:
        name: as in the signature.
        required: whether it must be given.
        default: its default, tuples as lists; None for a required one.
        types: a subset of `TYPES`; where `float` is allowed, an integer is too.
        item_types: the types of a list's entries, at any depth; empty where nothing is known about them.
        choices: the allowed strings or other scalars; None where there is no such limit.
        any_case: whether upper and lower case are the same in `choices`.
        object_kind: the kind of component that the argument is; None for plain values.
        many: whether a list contains several such components rather than one sequence of layers.
        minimum, maximum: limits of numbers, also of those in a list; None where there is no limit.
        minimum_open, maximum_open: whether the limit itself is excluded.
        documentation: its text in the docstring of the class.
        is_path: whether strings are paths of files or folders.
        file: what a string that names a file is, one of `FILE_USES`; empty for all other strings.
        pattern: whether strings are regular expressions.
        reason: why the argument is limited as it is, and the remedy; for messages.
    """

    name: str
    _: KW_ONLY
    required: bool = False
    default: Any = None
    types: frozenset[str] = frozenset({"any"})
    item_types: frozenset[str] = frozenset()
    choices: tuple[Any, ...] | None = None
    any_case: bool = False
    object_kind: str | None = None
    many: bool = False
    minimum: float | None = None
    maximum: float | None = None
    minimum_open: bool = False
    maximum_open: bool = False
    documentation: str = ""
    is_path: bool = False
    file: str = ""
    pattern: bool = False
    reason: str = ""

    @property
    def limits(self) -> Limits:
        """The limits of numbers."""
        return Limits(self.minimum, self.maximum, self.minimum_open, self.maximum_open)

    def accepts(self, *types: str) -> bool:
        """Whether one of these types is allowed."""
        return "any" in self.types or not self.types.isdisjoint(types)

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        for name in _SETS:
            values[name] = sorted(values[name])
        if self.choices is not None:
            values["choices"] = list(self.choices)
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ArgumentInfo:
        """The opposite of `to_dict`."""
        changed = {name: frozenset(values[name]) for name in _SETS}
        choices = values["choices"]
        return cls(**{**values, **changed, "choices": None if choices is None else tuple(choices)})


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """A component: its class, or the function that makes it, and its arguments.

    Args:
        name: the name in a spec.
        kind: a name of `KINDS`.
        origin: who defines it: `keras`, `kpipe`, or the module of a plug-in.
        target: where it is found, such as `keras.layers:Conv2D`.
        summary: one line about what it does.
        arguments: by name, in the order of the signature.
        withheld: arguments of the signature that a spec cannot give, each with the reason.

    Example:
        >>> ClassInfo("Counter", "layer", "kpipe", "collections:Counter").load()
        <class 'collections.Counter'>
    """

    name: str
    kind: str
    origin: str
    target: str
    _: KW_ONLY
    summary: str = ""
    arguments: dict[str, ArgumentInfo] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)

    def load(self) -> Any:
        """The class or function itself."""
        if self.origin in ("keras", "kpipe") or held(self.target) is not None:
            return load_target(self.target)
        with loading(self.origin):
            module = import_module(self.origin)
        offered = {(kind, name): value for kind, name, value in components_of(module)}
        return offered.get((self.kind, self.name)) or load_target(self.target)

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {**values, "arguments": {name: entry.to_dict() for name, entry in self.arguments.items()}}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ClassInfo:
        """The opposite of `to_dict`."""
        arguments = {name: ArgumentInfo.from_dict(entry) for name, entry in values["arguments"].items()}
        return cls(**{**values, "arguments": arguments})
