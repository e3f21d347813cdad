"""Descriptions of components and their arguments as plain data."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field, fields
from importlib import import_module
from typing import Any

from kpipe.components.inspection.kinds import BUILT_IN
from kpipe.components.inspection.limits import Limits
from kpipe.components.inspection.module_components import components_of, loading
from kpipe.components.inspection.targets import load_target, stored_object

#: The types that an argument can have in a spec; `any` accepts everything.
TYPES = ("bool", "int", "float", "str", "list", "dict", "null", "any")

#: Uses of file names: `vocabulary`, read with the spec; `output`, written in the run folder; `template`, an output
#: whose name has fields such as `{epoch}`; `companion`, read by other programs.
FILE_USES = ("vocabulary", "output", "template", "companion")

_SETS = ("types", "item_types")


@dataclass(frozen=True, slots=True)
class ArgumentInfo:
    """Description of one argument of a component.

    Args:
        name: the name in the signature.
        required: whether the argument is required.
        default: the default, with tuples as lists; None for a required argument.
        types: a subset of `TYPES`; `float` includes integers.
        item_types: the types of entries of a list, at any depth; empty if unknown.
        choices: the allowed strings or other scalars; None if all are allowed.
        any_case: whether `choices` ignore case.
        object_kind: the kind of component that the argument accepts; None for plain values.
        many: whether a list contains several such components rather than one sequence of layers.
        min_items: the least number of components in a list.
        minimum: the least number, also in a list; None if there is no limit.
        maximum: the greatest number, also in a list; None if there is no limit.
        minimum_open: whether `minimum` is excluded.
        maximum_open: whether `maximum` is excluded.
        documentation: the text in the docstring of the class.
        is_path: whether strings are paths of files or folders.
        words: the strings that are not paths.
        file: for a string that is a file name, its use, one of `FILE_USES`; else empty.
        pattern: whether strings are regular expressions.
        reason: the reason for the limits and the remedy, for messages.
        refuses_more: whether the class refuses scalars that these fields allow; lists and mappings it always can.
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
    min_items: int = 0
    minimum: float | None = None
    maximum: float | None = None
    minimum_open: bool = False
    maximum_open: bool = False
    documentation: str = ""
    is_path: bool = False
    words: tuple[str, ...] = ()
    file: str = ""
    pattern: bool = False
    reason: str = ""
    refuses_more: bool = False

    @property
    def limits(self) -> Limits:
        """The limits of numbers."""
        return Limits(self.minimum, self.maximum, self.minimum_open, self.maximum_open)

    @property
    def is_list_of_components(self) -> bool:
        """Whether it is a list of components and never a single one, which a layer always may be."""
        return self.many and self.object_kind != "layer"

    def accepts(self, *types: str) -> bool:
        """Return whether at least one of some types is allowed."""
        return "any" in self.types or not self.types.isdisjoint(types)

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        for name in _SETS:
            values[name] = sorted(values[name])
        if self.choices is not None:
            values["choices"] = list(self.choices)
        return {**values, "words": list(self.words)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ArgumentInfo:
        """The opposite of `to_dict`."""
        changed = {name: frozenset(values[name]) for name in _SETS}
        choices = values["choices"]
        choices = None if choices is None else tuple(choices)
        return cls(**{**values, **changed, "choices": choices, "words": tuple(values["words"])})


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """Description of a component, which is a class or a function that returns an object, and of its arguments.

    Args:
        name: the name in a spec.
        kind: a name of `KINDS`.
        origin: `keras`, `albumentations`, `kpipe`, or the module of a plug-in or of imported code.
        target: the module and name of the class or function, such as `keras.layers:Conv2D`.
        summary: one line of documentation.
        description: the documentation without that of the arguments and examples; lines as in the docstring.
        arguments: the arguments by name, in the order of the signature.
        withheld: the reasons why arguments of the signature cannot be set in a spec, by name.
        refuses_more: whether the class refuses combinations of arguments that are allowed one by one.
        others: the description of each further argument; None if the class has no others.

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
    description: str = ""
    arguments: dict[str, ArgumentInfo] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    refuses_more: bool = False
    others: ArgumentInfo | None = None

    def argument(self, key: str) -> ArgumentInfo | None:
        """Return the argument of a name, or None."""
        return self.arguments.get(key, self.others)

    def load(self) -> Any:
        """Import and return the class or function."""
        if self.origin in BUILT_IN or stored_object(self.target) is not None:
            return load_target(self.target)
        with loading(self.origin):
            module = import_module(self.origin)
        components = {(kind, name): value for kind, name, value in components_of(module)}
        return components.get((self.kind, self.name)) or load_target(self.target)

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        others = None if self.others is None else self.others.to_dict()
        arguments = {name: entry.to_dict() for name, entry in self.arguments.items()}
        return {**values, "arguments": arguments, "others": others}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ClassInfo:
        """The opposite of `to_dict`."""
        arguments = {name: ArgumentInfo.from_dict(entry) for name, entry in values["arguments"].items()}
        others = None if values["others"] is None else ArgumentInfo.from_dict(values["others"])
        return cls(**{**values, "arguments": arguments, "others": others})
