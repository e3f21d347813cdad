"""The JSON Schema of a search space."""

from __future__ import annotations

from kpipe.schema.form import Schema, value
from kpipe.space.range import FORMS
from kpipe.space.read_space import CHOICE

_SUMMARIES = {
    "Log": "Numbers whose logarithm is uniform between two bounds above 0.",
    "Uniform": "Numbers between two bounds.",
    "Int": "Integers between two bounds, which are included.",
    "LogInt": "Integers whose logarithm is uniform between two bounds above 0, which are included.",
}


def space_schema() -> Schema:
    """Return the schema of `tune.space`: a mapping from paths to spaces.

    Example:
        >>> sorted(space_schema()["additionalProperties"]["properties"])
        ['Choice', 'Int', 'Log', 'LogInt', 'Uniform']
    """
    properties: Schema = {name: _range(name) for name in FORMS}
    properties[CHOICE] = {
        "description": "Alternatives with equal probability: values or components, which can contain spaces.",
        "type": "array",
        "minItems": 2,
    }
    space = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"type": "object", "minProperties": 1, "additionalProperties": space}


def _range(name: str) -> Schema:
    is_log, is_integer = FORMS[name]
    number: Schema = {"type": "integer" if is_integer else "number"}
    if is_log:
        number["exclusiveMinimum"] = 0
    return {
        "description": _SUMMARIES[name],
        "type": "array",
        "items": value([number]),
        "minItems": 2,
        "maxItems": 2,
    }
