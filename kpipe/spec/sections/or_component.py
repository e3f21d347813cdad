"""Lists of sections whose entries can also be components."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pydantic.fields import FieldInfo

from kpipe.spec.node import CLASS_NAME, Node
from kpipe.spec.sections.section import Section, fields
from kpipe.spec.sections.slot import Slot

#: What pydantic names the two forms of an entry.
SECTION, COMPONENT = "[section]", "[component]"


@dataclass(frozen=True)
class OrComponent:
    """Marks a list of sections whose entries can also be components.

    A single component can replace the list of it.

    Args:
        kind: kind of the components, such as `recipe`.

    Example:
        >>> from kpipe.spec.sections.train import Train
        >>> entry_slots(Train)["stages"].kind
        'recipe'
    """

    kind: str


def entry_slot(field: FieldInfo) -> Slot | None:
    """Return the slot of an entry of a list of sections that is a component; None for a list of sections only."""
    return next((Slot(entry.kind) for entry in field.metadata if isinstance(entry, OrComponent)), None)


def entry_slots(section: type[Section]) -> dict[str, Slot]:
    """Return the lists of a section whose entries can be sections or components, by their keys."""
    found = {key: entry_slot(field) for key, field in fields(section).items()}
    return {key: slot for key, slot in found.items() if slot is not None}


def is_component_entry(node: Node) -> bool:
    """Return whether an evaluated entry of such a list is a component, also one with an error, and not a section.

    Args:
        node: the entry.
    """
    return node.is_text or any(map(CLASS_NAME.match, node.entries))


def replace_by_list(node: Node) -> None:
    """Replace a component that was written instead of a list, in place, by the list of it; keep other values.

    Args:
        node: the value of the list, not evaluated.

    Example:
        >>> from kpipe.spec.yaml_text.yaml_reader import read_text
        >>> node = read_text("Transfer: {epochs: 3}", "a.yaml")
        >>> replace_by_list(node)
        >>> node.plain()
        [{'Transfer': {'epochs': 3}}]
    """
    if is_component_entry(node) and not node.is_expression:
        node.value, node.keys = [replace(node)], {}


def form_of_entry(value: Any) -> str:
    """Return which of the forms a value is for pydantic; components remain nodes."""
    return COMPONENT if isinstance(value, Node) else SECTION
