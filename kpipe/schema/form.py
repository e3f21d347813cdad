"""The forms that all parts of the schema are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Schema = dict[str, Any]

#: What the values of a text may look like, as ECMAScript and Python both read it.
SNAKE = "[a-z][a-z0-9_]*"
CAMEL = "[A-Z][A-Za-z0-9_]*"
QUALIFIED = rf"(?:[A-Za-z_][A-Za-z0-9_]*\.)+{CAMEL}"

#: A text that is evaluated; it may stand wherever a value does.
EXPRESSION: Schema = {"type": "string", "pattern": "^="}


def value(options: Iterable[Schema], documentation: str = "", default: Any = None) -> Schema:
    """One of several forms, or an expression.

    All of them stand under `anyOf`, with no `type` beside it: so a language server offers the texts of an
    enumeration, says what type is expected rather than that a text is no expression, and does not insert every
    argument that has a default.

    Args:
        options: the forms; one that takes everything makes the others useless.
        documentation: one paragraph.
        default: a scalar; None where there is none to be offered.
    """
    forms = list(options)
    schema: Schema = {"description": documentation} if documentation else {}
    if isinstance(default, bool | int | float | str):
        schema["default"] = default
    if {} not in forms:
        # A place of components takes expressions itself, and language servers complete it best where it stands alone.
        known = {"type": "string"} in forms or any("$ref" in form for form in forms)
        schema["anyOf"] = forms if known else [*forms, EXPRESSION]
    return schema


def arguments(
    properties: Mapping[str, Schema], required: Iterable[str] = (), documentation: str = "", closed: bool = True
) -> Schema:
    """The arguments of one class, word or block: a mapping, an expression, or nothing where none is required.

    Args:
        properties: the arguments by name.
        required: those that must be given.
        documentation: what the class does, one paragraph.
        closed: whether there are no others.
    """
    needed = sorted(required)
    schema: Schema = {"description": documentation} if documentation else {}
    # The mapping comes first: language servers insert what the first type needs.
    schema["type"] = ["object", "string"] if needed else ["object", "string", "null"]
    schema |= {"pattern": "^=", "properties": dict(properties)}
    if needed:
        schema["required"] = needed
    if closed:
        schema["additionalProperties"] = False
    return schema
