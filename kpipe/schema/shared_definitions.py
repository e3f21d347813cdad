"""What a schema says several times is said once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from kpipe.schema.form import Schema

#: A reference is about this long, so anything shorter stays where it is.
_SHORTEST = 80


def hoist(schema: Schema) -> Schema:
    """The same schema with every property that stands in several places moved to `definitions`.

    Most layers share most of their arguments, documentation and all, and many classes have two names.

    Args:
        schema: the whole schema; it is not changed.

    Example:
        >>> text = {"type": "string", "description": "a long text " * 9}
        >>> hoisted = hoist({"properties": {"name": text, "other": {"properties": {"name": text}}}})
        >>> hoisted["properties"]["name"], list(hoisted["definitions"])
        ({'$ref': '#/definitions/name'}, ['name'])
    """
    return _Hoist(schema).result()


class _Hoist:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._counts: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._definitions: Schema = {}
        self._taken = set(schema.get("definitions", {}))

    def result(self) -> Schema:
        self._count(self._schema, is_property=False)
        changed: Schema = self._changed(self._schema)
        own = changed.pop("definitions", {})
        return {**changed, "definitions": {**own, **self._definitions}}

    def _count(self, part: Any, is_property: bool) -> None:
        if isinstance(part, list):
            for entry in part:
                self._count(entry, is_property=False)
        if not isinstance(part, dict):
            return
        if is_property:
            text = _text(part)
            self._counts[text] += 1
            if self._counts[text] > 1:
                return
        for key, entry in part.items():
            if key == "properties":
                for inner in entry.values():
                    self._count(inner, is_property=True)
            else:
                self._count(entry, is_property=False)

    def _changed(self, part: Any) -> Any:
        if isinstance(part, list):
            return [self._changed(entry) for entry in part]
        if not isinstance(part, dict):
            return part
        changed = {}
        for key, entry in part.items():
            if key == "properties":
                changed[key] = {name: self._property(name, inner) for name, inner in entry.items()}
            else:
                changed[key] = self._changed(entry)
        return changed

    def _property(self, name: str, schema: Schema) -> Schema:
        text = _text(schema)
        if len(text) < _SHORTEST or self._counts[text] < 2:
            made: Schema = self._changed(schema)
            return made
        if text not in self._names:
            self._names[text] = self._free(name)
            self._definitions[self._names[text]] = self._changed(schema)
        return {"$ref": f"#/definitions/{self._names[text]}"}

    def _free(self, name: str) -> str:
        free, number = name, 1
        while free in self._taken:
            number += 1
            free = f"{name}.{number}"
        self._taken.add(free)
        return free


def _text(schema: Schema) -> str:
    return json.dumps(schema)
