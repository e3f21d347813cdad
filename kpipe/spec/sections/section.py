"""The base class of all sections, and their fields."""

from __future__ import annotations

import types
import typing
from collections.abc import Collection, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """Base class of all sections, which refuses unknown keys and never converts values to another type.

    Example:
        >>> class Toy(Section):
        ...     value: int = 1
        >>> Toy(value=3).value
        3
    """

    #: Whether the section changes the results of a run; a run can be resumed with another section that does not.
    changes_runs: ClassVar[bool] = True
    #: Whether a string is allowed instead of the mapping.
    accepts_string: ClassVar[bool] = False

    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)

    @classmethod
    def dependent_defaults(cls, given: Collection[str]) -> Mapping[str, Any]:
        """Return the defaults that differ because of other keys, by key; none by default.

        Args:
            given: the keys of the section that a spec contains with a value other than null.
        """
        del given
        return {}

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yield the keys whose values do not fit those of other keys, each with a message; none by default."""
        yield from ()


def fields(section: type[Section]) -> dict[str, FieldInfo]:
    """Return the fields of a section by their keys in a spec, which can be aliases."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def nested_section(field: FieldInfo) -> tuple[type[Section] | None, bool]:
    """Return the nested section of a field, or None, and whether the field is a mapping from names to sections."""
    annotation = field.annotation
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation, False
    if typing.get_origin(annotation) is dict:
        value = typing.get_args(annotation)[1]
        if isinstance(value, type) and issubclass(value, Section):
            return value, True
    return None, False


def listed_section(field: FieldInfo) -> type[Section] | None:
    """Return the section that is the item of a list, or None for other fields.

    The list can be optional, and can also contain components.
    """
    for annotation in options(field.annotation):
        if typing.get_origin(annotation) is list:
            for item in map(_without_metadata, options(_without_metadata(typing.get_args(annotation)[0]))):
                if isinstance(item, type) and issubclass(item, Section):
                    return item
    return None


def _without_metadata(annotation: Any) -> Any:
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation


def options(annotation: Any) -> tuple[Any, ...]:
    """Return the types that an annotation allows."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)
