"""Building blocks of the JSON Schema: names, expressions, values and arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

#: Patterns of names that have the same meaning in ECMAScript and Python.
SNAKE = "[a-z][a-z0-9_]*"
CAMEL = "[A-Z][A-Za-z0-9_]*"
QUALIFIED = rf"(?:[A-Za-z_][A-Za-z0-9_]*\.)+{CAMEL}"

#: An expression, which is allowed instead of any value.
EXPRESSION: Schema = {"type": "string", "pattern": "^="}


def value(options: Iterable[Schema], documentation: str = "", default: Any = None) -> Schema:
    """Return the schema of a value that matches one of several options, or is an expression.

    All options are under `anyOf`, without a `type` next to it. With this form, language servers offer the strings of an
    enumeration, report the expected type rather than an invalid expression, and do not insert every argument that has
    a default.

    Args:
        options: the schemas of the options; an empty one accepts everything.
        documentation: one paragraph.
        default: the default; only scalars are part of the schema.
    """
    options = list(options)
    schema: Schema = {"description": documentation} if documentation else {}
    if isinstance(default, bool | int | float | str):
        schema["default"] = default
    if {} not in options:
        # Definitions of components accept expressions themselves; language servers complete them best without others.
        accepts_expressions = {"type": "string"} in options or any("$ref" in option for option in options)
        schema["anyOf"] = options if accepts_expressions else [*options, EXPRESSION]
    return schema


def arguments(
    properties: Mapping[str, Schema], required: Iterable[str] = (), documentation: str = "", closed: bool = True
) -> Schema:
    """Return the schema of the arguments of a class, keyword or block: a mapping, an expression, or null.

    Args:
        properties: the schemas of the arguments by name.
        required: the names of the required arguments; null is accepted only if there are none.
        documentation: one paragraph about the class.
        closed: whether other arguments are refused.
    """
    required = sorted(required)
    schema: Schema = {"description": documentation} if documentation else {}
    # The mapping is first, because language servers insert a value of the first type.
    schema["type"] = ["object", "string"] if required else ["object", "string", "null"]
    schema |= {"pattern": "^=", "properties": dict(properties)}
    if required:
        schema["required"] = required
    if closed:
        schema["additionalProperties"] = False
    return schema
