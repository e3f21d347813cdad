"""The JSON Schema of an item of `model` or of the layers of a block."""

from __future__ import annotations

from kpipe.components.registry.registry import Vocabulary
from kpipe.model.common_arguments import COMMON
from kpipe.model.keywords import KEYWORDS
from kpipe.model.keywords.keyword import Form, Keyword, KeywordArgument
from kpipe.schema.argument import argument_schema
from kpipe.schema.component import choice_schema, class_schema, known_classes
from kpipe.schema.form import CAMEL, QUALIFIED, SNAKE, Schema, arguments, value
from kpipe.schema.mode import Mode

_NAMES: Schema = {"type": "array", "items": {"type": "string"}}
_INPUTS: list[Schema] = [
    {"type": "string"},
    _NAMES,
    {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, _NAMES]}},
]
_COMMON: dict[str, Schema] = {
    key: value(_INPUTS if key == "inputs" else [{"type": "string"}], documentation)
    for key, documentation in COMMON.items()
}


def item_schema(vocabulary: Vocabulary, mode: Mode) -> Schema:
    """Return the schema of an item: a layer, a keyword, a block, or another use of one of them.

    Args:
        vocabulary: the available layers.
        mode: whether the file contains a complete spec.
    """
    keywords = {name: _keyword(keyword, mode) for name, keyword in KEYWORDS.items()}
    found = known_classes("layer", vocabulary)
    # Lists of a base are replaced, never merged, so that items have all their arguments in every mode.
    classes = {name: class_schema(info, mode, _COMMON, is_complete=True) for name, info in found.items()}
    block = arguments(_COMMON, documentation="A block that is defined under `blocks`.", closed=False)
    new = choice_schema({**keywords, **classes}, {SNAKE: block}, mode)
    # An item with `share` has no arguments of its own.
    shared = {"additionalProperties": {"type": "object", "required": ["share"]}, "minProperties": 1}
    return {"if": {"type": "object", **shared}, "then": _shared_item(), "else": new}


def items_schema(mode: Mode) -> Schema:
    """Return the schema of a list of items."""
    return {"type": "array", "items": mode.ref("item")}


def _shared_item() -> Schema:
    common = arguments(_COMMON)
    names = "|".join((SNAKE, CAMEL, QUALIFIED))
    return {"patternProperties": {f"^(?:{names})$": common}, "additionalProperties": False, "maxProperties": 1}


def _keyword(keyword: Keyword, mode: Mode) -> Schema:
    own = {key: _argument(argument, mode) for key, argument in keyword.arguments.items()}
    summary = f"{keyword.summary[:1].upper()}{keyword.summary[1:]}."
    return arguments({**own, **_COMMON}, keyword.required, summary)


def _argument(argument: KeywordArgument, mode: Mode) -> Schema:
    if argument.form is Form.VALUE:
        return argument_schema(argument, mode)
    items = items_schema(mode)
    forms: dict[Form, list[Schema]] = {
        Form.NAME: [{"type": "string"}],
        Form.LISTS: [{"type": "object", "minProperties": 1, "additionalProperties": value([{"type": "array"}])}],
        Form.LAYER: [mode.ref("layer")],
        Form.ITEMS: [items],
        Form.PATHS: [
            {"type": "object", "minProperties": 1, "additionalProperties": value([items])},
            {"type": "array", "minItems": 1, "items": value([items])},
        ],
    }
    return value(forms[argument.form], argument.documentation)
