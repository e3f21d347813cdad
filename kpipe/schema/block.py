"""The JSON Schema of a definition under `blocks`."""

from __future__ import annotations

from kpipe.model.blocks import KEYS
from kpipe.schema.form import Schema
from kpipe.schema.item import items_schema
from kpipe.schema.mode import Mode

_NAMES: Schema = {"type": ["array", "string"], "items": {"type": "string"}}


def block_schema(mode: Mode) -> Schema:
    """Return the schema of the definition of a block.

    Args:
        mode: whether the file contains a complete spec.

    Example:
        >>> block_schema(Mode.COMPLETE)["required"]
        ['layers']
    """
    forms: dict[str, Schema] = {
        "params": {
            "description": "The parameters: `name` is required, `{name: value}` has a default.",
            "type": "array",
            "items": {"type": ["string", "object"]},
        },
        "inputs": {"description": "The names of the input tensors, for a block with several inputs.", **_NAMES},
        "outputs": {
            "description": "The items whose outputs are the outputs of the block; by default the last item.",
            **_NAMES,
        },
        "layers": {"description": "The items of the block.", **items_schema(mode)},
    }
    schema: Schema = {
        "type": "object",
        "properties": {key: forms.get(key, {}) for key in KEYS},
        "additionalProperties": False,
    }
    return {**schema, "required": ["layers"]} if mode is Mode.COMPLETE else schema
