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
from kpipe.schema.shared_definitions import hoist
from kpipe.spec.reader import RESERVED
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.section import Section, fields, nested_section
from kpipe.spec.sections.slot import Slot, slots
from kpipe.spec.top_level import FILE_KEYS, top_level

#: A file with one of these is only a part of an experiment: see `Mode`.
_ELSEWHERE = ("extends", "set", "imports")


def schema_text(vocabulary: Vocabulary) -> str:
    """The schema as the file that an editor reads.

    Args:
        vocabulary: knows the classes.
    """
    return json.dumps(json_schema(vocabulary), separators=(",", ":"))


def json_schema(vocabulary: Vocabulary) -> Schema:
    """The schema that an editor holds a spec against: every key, class and argument with its documentation.

    It accepts whatever kpipe accepts. What it cannot see it lets pass: names of blocks and items, what expressions
    give, whether shapes fit, and, in a file with `extends`, `set` or `imports`, what stands elsewhere.

    Args:
        vocabulary: knows the classes.

    Returns:
        The schema, the same for the same vocabulary.

    Example:
        >>> from kpipe.components.registry.registry import vocabulary
        >>> json_schema(vocabulary())["properties"]["seed"]["maximum"]
        4294967295
    """
    definitions: Schema = {}
    words, top = _words(), top_level()
    for mode in Mode:
        definitions[mode.key("item")] = item_schema(vocabulary, mode)
        definitions[mode.key("block")] = block_schema(mode)
        for name, section in sections().items():
            definitions[mode.key(name)] = _nullable(section_schema(section, name, mode), top[name])
        for kind in KINDS:
            schema = component_schema(kind, vocabulary, mode, words.get(kind, ()))
            definitions[mode.key(kind)] = schema
            definitions.setdefault(f"{kind}.names", schema["then"])
    required = [key for key, default in top.items() if default is ...]
    moded = _parts(Mode.WHOLE)
    keys = dict.fromkeys((*top, *FILE_KEYS, *_ELSEWHERE))
    return hoist(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "description": "The spec of a training.",
            "type": "object",
            # `true` where the value stands below: a language server would offer the key twice.
            "properties": {key: True if key in moded else _TOP.get(key, {}) for key in keys},
            "additionalProperties": False,
            "if": {"anyOf": [{"required": [key]} for key in _ELSEWHERE]},
            "then": {"type": "object", "properties": _parts(Mode.PART)},
            "else": {"type": "object", "properties": _parts(Mode.WHOLE), "required": required},
            "definitions": definitions,
        }
    )


def _parts(mode: Mode) -> Schema:
    """The values at the top level that differ by mode."""
    return {
        **{name: mode.ref(name) for name in sections()},
        "blocks": {
            "description": "Definitions by name, each a part of a network that `model` uses like a layer.",
            "type": ["object", "null"],
            "propertyNames": {"pattern": f"^{SNAKE}$"},
            "additionalProperties": mode.ref("block"),
        },
        "model": {
            "description": "The items of the network; each reads what the one before gives.",
            **items_schema(mode),
            "minItems": 1,
        },
    }


def _nullable(section: Schema, default: Any) -> Schema:
    """A section that may be left out may also be empty."""
    return section if default is ... else {**section, "type": ["object", "null"]}


def _words() -> dict[str, list[str]]:
    """For each kind the texts that may stand in place of one component."""
    found: dict[str, list[str]] = {}
    for slot in _slots(sections().values()):
        # `auto` stands for a whole list, the other words for an entry of it as well.
        found[slot.kind] = [word for word in slot.words if slot.many == "one" or word != "auto"]
    return found


def _slots(among: Iterable[type[Section]]) -> Iterator[Slot]:
    for section in among:
        yield from slots(section).values()
        inner = (nested_section(field)[0] for field in fields(section).values())
        yield from _slots(entry for entry in inner if entry is not None)


_UNNAMEABLE = sorted({*RESERVED, *keyword.kwlist})

_TOP: dict[str, Schema] = {
    "name": {
        "description": "The name of the experiment; its run folders bear it.",
        "type": "string",
        "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
    },
    "seed": {
        "description": "The seed of everything that is random, default 0.",
        "type": "integer",
        "minimum": 0,
        "maximum": 2**32 - 1,
        "default": 0,
    },
    "vars": {
        "description": "Values by name, for expressions such as `=width * 2`; each may use those before it.",
        "type": ["object", "null"],
        "propertyNames": {"pattern": f"^{SNAKE}$", "not": {"enum": _UNNAMEABLE}},
    },
    "extends": {"description": "The spec that this one is laid over: a file, or `kpipe:NAME`.", "type": "string"},
    "set": {
        "description": "Single values by path, such as `train.optimizer.learning_rate: 0.1`.",
        "type": "object",
    },
    "imports": {
        "description": "Files and modules with code of one's own, whose classes become components.",
        "type": "array",
        "items": {"type": "string"},
    },
}
