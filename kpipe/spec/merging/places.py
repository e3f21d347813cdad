"""The kind of value that the language allows at a dotted path of a spec."""

from __future__ import annotations

import typing
from typing import NamedTuple

from kpipe.spec.sections.optional_section import OptionalSection
from kpipe.spec.sections.or_component import entry_slot
from kpipe.spec.sections.path_values import is_path_values
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.section import Section, fields, listed_section, nested_section, options
from kpipe.spec.sections.slot import Slot, slot_of
from kpipe.spec.top_level import top_level


class Place(NamedTuple):
    """The kind of value that the language allows at a path.

    Args:
        is_section: whether it is a mapping with keys of the language or names chosen by the user, not a component.
        may_be_null: whether null is allowed.
        has_path_keys: whether its keys are paths of the spec, which contain dots.
        may_be_component: whether a component can replace the section.
        may_be_item: whether a component can be written instead of the list of it.
    """

    is_section: bool
    may_be_null: bool
    has_path_keys: bool = False
    may_be_component: bool = False
    may_be_item: bool = False


_SECTION = Place(True, False)
_FIXED = Place(False, False)
_VALUE = Place(False, True)


def place_at(path: str) -> Place:
    """Return the kind of value at a dotted path of keys; an unknown path is a plain value.

    Example:
        >>> [place_at(path).is_section for path in ("train.regularize", "train.class_weight", "train.optimizer")]
        [True, True, False]
    """
    first, *rest = path.split(".")
    if section := sections().get(first):
        return _below(section, rest) if rest else Place(True, may_be_null=issubclass(section, OptionalSection))
    if first in ("vars", "blocks") and not rest:
        return _SECTION
    if first == "blocks":
        return _SECTION if len(rest) == 1 else _FIXED
    return _FIXED if not rest and first in top_level() else _VALUE


def _below(section: type[Section], parts: list[str]) -> Place:
    if not parts:
        return _SECTION
    field = fields(section).get(parts[0])
    if field is None:
        return _VALUE
    slot = slot_of(field)
    if slot is not None:
        return _of_slot(slot, parts[1:])
    if is_path_values(field):
        return _VALUE if len(parts) > 1 else Place(True, False, has_path_keys=True)
    if (listed := listed_section(field)) is not None and len(parts) > 1:
        place = _below(listed, parts[2:])
        return place._replace(may_be_component=len(parts) == 2 and entry_slot(field) is not None)
    nested, of_names = nested_section(field)
    if nested is not None:
        return _SECTION if of_names and len(parts) == 1 else _below(nested, parts[1 + of_names :])
    allowed = options(field.annotation)
    if len(parts) > 1:
        return _VALUE
    is_mapping = any(typing.get_origin(option) is dict for option in allowed)
    return Place(is_mapping, type(None) in allowed, may_be_item=entry_slot(field) is not None)


def _of_slot(slot: Slot, below: list[str]) -> Place:
    if slot.many == "mapping" and not below:
        return _SECTION
    if len(below) > (slot.many == "mapping") or slot.default is None:
        return _VALUE
    return _FIXED
