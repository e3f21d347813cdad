"""A definition under `blocks`."""

from __future__ import annotations

from kpipe.model.blocks import KEYS
from kpipe.schema.form import Schema
from kpipe.schema.item import items_schema
from kpipe.schema.mode import Mode

_NAMES: Schema = {"type": ["array", "string"], "items": {"type": "string"}}


def block_schema(mode: Mode) -> Schema:
    """The definition of one block.

    Args:
        mode: whether the file stands for itself.

    Example:
        >>> block_schema(Mode.WHOLE)["required"]
        ['layers']
    """
    forms: dict[str, Schema] = {
        "params": {
            "description": "The parameters: a bare name must be given, `{name: value}` gives a default.",
            "type": "array",
            "items": {"type": ["string", "object"]},
        },
        "inputs": {"description": "Names for the tensors that arrive, where there are several.", **_NAMES},
        "outputs": {
            "description": "The items whose outputs are those of the block; by default the last one.",
            **_NAMES,
        },
        "layers": {"description": "The items of the block.", **items_schema(mode)},
    }
    schema: Schema = {
        "type": "object",
        "properties": {key: forms.get(key, {}) for key in KEYS},
        "additionalProperties": False,
    }
    return {**schema, "required": ["layers"]} if mode is Mode.WHOLE else schema
