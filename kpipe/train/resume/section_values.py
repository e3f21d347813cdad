"""The typed values of a section of a spec, for comparison by meaning."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from kpipe.components.transform_lists import written_out
from kpipe.data.augment.evaluation_lists import evaluation_lists
from kpipe.spec.items import is_item_name
from kpipe.spec.node import Node
from kpipe.spec.sections.or_component import entry_slots
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot, slots
from kpipe.spec.spec import Spec
from kpipe.train.resume.component_value import component_value


def section_values(spec: Spec, key: str, skipped: Collection[str] = (), with_data: bool = False) -> dict[str, Any]:
    """Return the values of a section, with the defaults of all signatures and the values of expressions.

    Args:
        spec: the spec; its code is in use.
        key: the key of the section.
        skipped: keys of the section that are omitted.
        with_data: whether paths of the data are included; by default all are equal.

    Returns:
        The values by key; those of an absent section are absent.

    Example:
        >>> from kpipe.spec.reader import read
        >>> section_values(read("kpipe:iris"), "train")["optimizer"].arguments["learning_rate"]
        0.01
    """
    values = _Values(with_data).of(getattr(spec, key), skipped)
    if key == "data" and values:
        # The spec of a run has the evaluation of ready-made lists written out.
        values["evaluate"] = {**values.get("evaluate", {}), "transform": evaluation_lists(spec.data) or None}
    return values


@dataclass(frozen=True)
class _Values:
    with_data: bool

    def of(self, section: Section | None, skipped: Collection[str] = ()) -> dict[str, Any]:
        if section is None:
            return {}
        known = {**slots(type(section)), **entry_slots(type(section))}
        values: dict[str, Any] = {}
        for name, field in type(section).model_fields.items():
            key = field.alias or name
            if key not in skipped:
                values[key] = self._value(getattr(section, name), known.get(key))
        return values

    def _value(self, value: Any, slot: Slot | None) -> Any:
        if isinstance(value, Section):
            return self.of(value)
        if isinstance(value, Node):
            return self._slot(value, slot) if slot is not None else value.plain()
        if isinstance(value, dict):
            return {key: self._value(entry, None) for key, entry in value.items()}
        return [self._value(entry, slot) for entry in value] if isinstance(value, list) else value

    def _slot(self, node: Node, slot: Slot) -> Any:
        if node.is_mapping and slot.many == "mapping":
            return {name: self._slot(entry, slot) for name, entry in node.entries.items()}
        if node.is_list:
            # The spec of a run has ready-made lists written out.
            items = written_out(node.items) if slot.kind == "transform" else node.items
            return [self._component(item, slot) for item in items]
        return self._component(node, slot)

    def _component(self, node: Node, slot: Slot) -> Any:
        is_word = isinstance(node.value, str) and node.value in slot.words
        if node.value is None or is_word or (slot.items and is_item_name(node)):
            return node.value
        return component_value(node, slot.kind, self.with_data)
