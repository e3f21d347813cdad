"""Fields of a section that contain components, and the defaults of all fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic.fields import FieldInfo

from kpipe.spec.sections.path_values import is_path_values
from kpipe.spec.sections.section import Section, fields, nested_section


@dataclass(frozen=True)
class Slot:
    """Marks a field that contains components rather than plain values.

    Args:
        kind: kind of the components, such as `optimizer`.
        many: `one` for one component, `list` for a list, `mapping` for a list or a mapping from input name to a list.
        words: strings that are allowed instead of a component, such as `auto`.
        default: the default of the key; `...` for a required key.
        items: whether a list also contains names of items of the model, which are not in CamelCase.
    """

    kind: str
    many: Literal["one", "list", "mapping"] = "one"
    words: tuple[str, ...] = ()
    default: Any = None
    items: bool = False


def slot_of(field: FieldInfo) -> Slot | None:
    """Return the slot of a field of components; None for a field of plain values."""
    return next((entry for entry in field.metadata if isinstance(entry, Slot)), None)


def slots(section: type[Section]) -> dict[str, Slot]:
    """Return the fields of components of a section by their keys."""
    found = {key: slot_of(field) for key, field in fields(section).items()}
    return {key: slot for key, slot in found.items() if slot is not None}


def default_of(field: FieldInfo) -> Any:
    """Return the default of a field as plain values, including nested sections; `...` for a required key."""
    slot = slot_of(field)
    if slot is not None:
        return slot.default
    if is_path_values(field):
        return ... if field.is_required() else {}
    nested, of_names = nested_section(field)
    if nested is not None:
        return {} if of_names else {key: default_of(entry) for key, entry in fields(nested).items()}
    return ... if field.is_required() else field.get_default(call_default_factory=True)


def required_keys(section: type[Section]) -> list[str]:
    """Return the required keys of a section."""
    return [key for key, field in fields(section).items() if default_of(field) is ...]
