"""The JSON Schema of a section, from its pydantic class."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from kpipe.components.inspection.docstring import parse_docstring
from kpipe.schema.form import Schema, value
from kpipe.schema.mode import Mode
from kpipe.schema.space import space_schema
from kpipe.spec.defaults import default_at
from kpipe.spec.sections.or_component import entry_slot
from kpipe.spec.sections.path_values import is_path_values
from kpipe.spec.sections.section import Section, fields, listed_section, nested_section, options
from kpipe.spec.sections.slot import Slot, required_keys, slots

#: The name of an item of the model, which is not in CamelCase as those of components are.
_ITEM_NAME = r"^(?!(?:[A-Za-z_][A-Za-z0-9_]*\.)*[A-Z][A-Za-z0-9_]*$)"


def section_schema(section: type[Section], path: str, mode: Mode = Mode.COMPLETE) -> Schema:
    """Return the schema of a section: its keys with their values, defaults and documentation; others are refused.

    Args:
        section: the section.
        path: its dotted path in a spec, such as `train.choose`, for its defaults.
        mode: whether the file contains a complete spec.

    Example:
        >>> from kpipe.spec.sections.regularize import Regularize
        >>> section_schema(Regularize, "train.regularize")["properties"]["l2"]["anyOf"]
        [{'minimum': 0, 'type': 'number'}, {'type': 'string', 'pattern': '^='}]
    """
    documented = parse_docstring(inspect.getdoc(section) or "", list(fields(section)))
    components = slots(section)
    properties: dict[str, Schema] = {}
    for key, field in fields(section).items():
        key_path = f"{path}.{key}"
        forms = _slot(components[key], mode) if key in components else _field(field, key_path, mode)
        default = default_at(key_path)
        properties[key] = value(forms, documented.arguments.get(key, ""), default.plain() if default else None)
    schema: Schema = {"description": documented.summary, "type": "object", "properties": properties}
    schema["additionalProperties"] = False
    required = required_keys(section)
    return {**schema, "required": required} if required and mode is Mode.COMPLETE else schema


def _slot(slot: Slot, mode: Mode) -> list[Schema]:
    null: list[Schema] = [{"type": "null"}] if slot.default is None else []
    if slot.many == "one":
        return [*mode.component(slot.kind), *null]
    words: list[Schema] = [{"enum": list(slot.words)}] if slot.words else []
    entries = mode.ref(slot.kind)
    if slot.items:
        entries = {"anyOf": [entries, {"type": "string", "pattern": _ITEM_NAME}]}
    components: Schema = {"type": "array", "items": entries}
    if slot.many == "list":
        return [*words, components, *null]
    return [*words, components, *null, {"type": "object", "additionalProperties": value([components])}]


def _field(field: FieldInfo, path: str, mode: Mode) -> list[Schema]:
    nested, of_names = nested_section(field)
    if is_path_values(field):
        return [space_schema()]
    if (listed := listed_section(field)) is not None:
        null: list[Schema] = [{"type": "null"}] if type(None) in options(field.annotation) else []
        entry = section_schema(listed, f"{path}.0", mode)
        if (slot := entry_slot(field)) is None:
            return [{"type": "array", "items": entry}, *null]
        return [{"type": "array", "items": {"anyOf": [entry, mode.ref(slot.kind)]}}, mode.ref(slot.kind), *null]
    if nested is None:
        annotation: Any = field.annotation
        for constraint in field.metadata:
            annotation = Annotated[annotation, constraint]
        schema = _with_expressions(TypeAdapter(annotation).json_schema())
        return list(schema["anyOf"]) if "anyOf" in schema else [schema]
    if of_names:
        return [{"type": "object", "additionalProperties": value([section_schema(nested, f"{path}.*", mode)])}]
    return [*([{"type": "string"}] if nested.accepts_string else []), section_schema(nested, path, mode)]


def _with_expressions(schema: Schema) -> Schema:
    """Return the schema of a plain value that also accepts expressions inside it, such as values of a mapping."""
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict):
        return {**schema, "additionalProperties": value([_with_expressions(inner)])}
    if "anyOf" in schema:
        return {**schema, "anyOf": [_with_expressions(option) for option in schema["anyOf"]]}
    return schema
