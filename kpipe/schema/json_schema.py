"""The whole language as one JSON Schema (draft-07)."""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterable, Iterator
from typing import Any

from kpipe.components.inspection.kinds import KINDS
from kpipe.components.registry.registry import Vocabulary
from kpipe.schema.block import block_schema
from kpipe.schema.component import component_schema
from kpipe.schema.form import SNAKE, Schema
from kpipe.schema.item import item_schema, items_schema
from kpipe.schema.mode import Mode
from kpipe.schema.section import section_schema
from kpipe.schema.shared_definitions import share_definitions
from kpipe.spec.name_and_seed import NAME
from kpipe.spec.reader import RESERVED
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.section import Section, fields, nested_section
from kpipe.spec.sections.slot import Slot, slots
from kpipe.spec.top_level import FILE_KEYS, top_level

#: A file with one of these keys can be a part of a spec; see `Mode`.
_PARTIAL_KEYS = ("extends", "set", "imports")


def schema_text(vocabulary: Vocabulary) -> str:
    """Return the schema as compact JSON.

    Args:
        vocabulary: the available classes.
    """
    return json.dumps(json_schema(vocabulary), separators=(",", ":"))


def json_schema(vocabulary: Vocabulary) -> Schema:
    """Return the schema of a spec: every key, class and argument with its documentation.

    The schema accepts every spec that kpipe accepts. It does not check names of blocks and items, values of
    expressions, shapes, and, in a file with `extends`, `set` or `imports`, what other files can contain.

    Args:
        vocabulary: the available classes.

    Returns:
        The schema, which depends only on the vocabulary.

    Example:
        >>> from kpipe.components.registry.registry import vocabulary
        >>> json_schema(vocabulary())["properties"]["seed"]["maximum"]
        4294967295
    """
    definitions: Schema = {}
    words, defaults = _words(), top_level()
    for mode in Mode:
        definitions[mode.key("item")] = item_schema(vocabulary, mode)
        definitions[mode.key("block")] = block_schema(mode)
        for name, section in sections().items():
            definitions[mode.key(name)] = _nullable(section_schema(section, name, mode), defaults[name])
        for kind in KINDS:
            schema = component_schema(kind, vocabulary, mode, words.get(kind, ()))
            definitions[mode.key(kind)] = schema
            definitions.setdefault(f"{kind}.names", schema["then"])
    required = [key for key, default in defaults.items() if default is ...]
    mode_dependent = _mode_dependent_keys(Mode.COMPLETE)
    keys = dict.fromkeys((*defaults, *FILE_KEYS, *_PARTIAL_KEYS))
    return share_definitions(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "description": "The spec of a training run.",
            "type": "object",
            # Keys that depend on the mode are `true` here; language servers would otherwise offer them twice.
            "properties": {key: True if key in mode_dependent else _TOP_LEVEL.get(key, {}) for key in keys},
            "additionalProperties": False,
            "if": {"anyOf": [{"required": [key]} for key in _PARTIAL_KEYS]},
            "then": {"type": "object", "properties": _mode_dependent_keys(Mode.PARTIAL)},
            "else": {"type": "object", "properties": _mode_dependent_keys(Mode.COMPLETE), "required": required},
            "definitions": definitions,
        }
    )


def _mode_dependent_keys(mode: Mode) -> Schema:
    """Return the schemas of the top-level keys that depend on the mode."""
    return {
        **{name: mode.ref(name) for name in sections()},
        "blocks": {
            "description": "Definitions of blocks by name; `model` uses a block like a layer.",
            "type": ["object", "null"],
            "propertyNames": {"pattern": f"^{SNAKE}$"},
            "additionalProperties": mode.ref("block"),
        },
        "model": {
            "description": "The items of the network; each item reads the output of the item before it.",
            **items_schema(mode),
            "minItems": 1,
        },
    }


def _nullable(section: Schema, default: Any) -> Schema:
    """Return the schema of a section that can also be empty unless it is required."""
    return section if default is ... else {**section, "type": ["object", "null"]}


def _words() -> dict[str, list[str]]:
    """Return the strings that are allowed instead of one component, by kind."""
    found: dict[str, list[str]] = {}
    for slot in _slots(sections().values()):
        # `auto` replaces a whole list; other words can also be entries of a list.
        found[slot.kind] = [word for word in slot.words if slot.many == "one" or word != "auto"]
    return found


def _slots(among: Iterable[type[Section]]) -> Iterator[Slot]:
    """Yield the fields of components of some sections and of their nested sections."""
    for section in among:
        yield from slots(section).values()
        inner = (nested_section(field)[0] for field in fields(section).values())
        yield from _slots(entry for entry in inner if entry is not None)


_INVALID_NAMES = sorted({*RESERVED, *keyword.kwlist})

_TOP_LEVEL: dict[str, Schema] = {
    "name": {
        "description": "The name of the experiment and of its run folders.",
        "type": "string",
        "pattern": f"^=|^{NAME}",
    },
    "seed": {
        "description": "The seed of all random operations, default 0.",
        "type": ["integer", "string"],
        "minimum": 0,
        "maximum": 2**32 - 1,
        "pattern": "^=",
        "default": 0,
    },
    "vars": {
        "description": "Variables for expressions such as `=width * 2`; each can use the others.",
        "type": ["object", "null"],
        "propertyNames": {"pattern": f"^{SNAKE}$", "not": {"enum": _INVALID_NAMES}},
    },
    "extends": {
        "description": "The spec that this spec extends: a file, or `kpipe:NAME` for a shipped spec.",
        "type": "string",
    },
    "set": {
        "description": (
            "Values that are set by path, such as `train.optimizer.learning_rate: 0.1`; `train.callbacks.+` appends to "
            "a list, `model.+head` inserts before an item; `model.-` and `train.optimizer.-` remove items or keys."
        ),
        "type": "object",
    },
    "imports": {
        "description": "Files and modules with custom code, whose classes become components.",
        "type": "array",
        "items": {"type": "string"},
    },
}
