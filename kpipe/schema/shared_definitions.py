"""Definitions that several parts of a schema share, which keep the schema short."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from kpipe.schema.form import Schema

#: Shorter schemas are not moved, since a reference has about this length.
_SHORTEST = 80


def share_definitions(schema: Schema) -> Schema:
    """Return an equivalent schema in which repeated properties are references to `definitions`.

    Most layers share most of their arguments with the documentation, and many classes have two names.

    Args:
        schema: the complete schema, which is not changed.

    Example:
        >>> name = {"type": "string", "description": "long documentation " * 9}
        >>> shared = share_definitions({"properties": {"name": name, "other": {"properties": {"name": name}}}})
        >>> shared["properties"]["name"], list(shared["definitions"])
        ({'$ref': '#/definitions/name'}, ['name'])
    """
    return _SharedDefinitions(schema).result()


class _SharedDefinitions:
    """Counts the properties of a schema, then moves the repeated ones to its definitions."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._texts: dict[int, str] = {}
        self._counts: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._definitions: Schema = {}
        self._used_names = set(schema.get("definitions", {}))

    def result(self) -> Schema:
        self._count(self._schema, is_property=False)
        changed: Schema = self._with_references(self._schema)
        own = changed.pop("definitions", {})
        return {**changed, "definitions": {**own, **self._definitions}}

    def _count(self, part: Any, is_property: bool) -> None:
        if isinstance(part, list):
            for entry in part:
                self._count(entry, is_property=False)
        if not isinstance(part, dict):
            return
        if is_property:
            text = self._text(part)
            self._counts[text] += 1
            if self._counts[text] > 1:
                return
        for key, entry in part.items():
            if key == "properties":
                for inner in entry.values():
                    self._count(inner, is_property=True)
            else:
                self._count(entry, is_property=False)

    def _with_references(self, part: Any) -> Any:
        if isinstance(part, list):
            return [self._with_references(entry) for entry in part]
        if not isinstance(part, dict):
            return part
        changed = {}
        for key, entry in part.items():
            if key == "properties":
                changed[key] = {name: self._property(name, inner) for name, inner in entry.items()}
            else:
                changed[key] = self._with_references(entry)
        return changed

    def _property(self, name: str, schema: Schema) -> Schema:
        text = self._text(schema)
        if len(text) < _SHORTEST or self._counts[text] < 2:
            made: Schema = self._with_references(schema)
            return made
        if text not in self._names:
            self._names[text] = self._unused_name(name)
            self._definitions[self._names[text]] = self._with_references(schema)
        return {"$ref": f"#/definitions/{self._names[text]}"}

    def _text(self, part: Schema) -> str:
        """Return a part of the schema as JSON; both passes need the same long texts."""
        text = self._texts.get(id(part))
        if text is None:
            text = self._texts[id(part)] = json.dumps(part)
        return text

    def _unused_name(self, name: str) -> str:
        unused, number = name, 1
        while unused in self._used_names:
            number += 1
            unused = f"{name}.{number}"
        self._used_names.add(unused)
        return unused
