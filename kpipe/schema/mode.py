"""How much of an experiment the file says that a schema is held against."""

from __future__ import annotations

from enum import Enum

from kpipe.schema.form import Schema


class Mode(Enum):
    """Whether a file stands for itself.

    With `extends` or `set` what is required may stand elsewhere, and with `imports` (a base may have them too) classes
    are known that no schema can list. An editor sees one file alone, so such a file is held to less: it may name
    any class, and leave out what it gets by merging. Items of a list are never merged, and are held to all of it.
    """

    WHOLE = "whole"
    PART = "part"

    def ref(self, name: str) -> Schema:
        """A reference to a definition of this mode.

        Example:
            >>> Mode.WHOLE.ref("layer"), Mode.PART.ref("layer")
            ({'$ref': '#/definitions/layer'}, {'$ref': '#/definitions/part.layer'})
        """
        return {"$ref": f"#/definitions/{self.key(name)}"}

    def one(self, kind: str) -> list[Schema]:
        """The forms of one component where it is a value: the definition of its kind, and its bare names to offer."""
        return [self.ref(kind), {"$ref": f"#/definitions/{kind}.names"}]

    def key(self, name: str) -> str:
        """The key of a definition of this mode among all definitions."""
        return name if self is Mode.WHOLE else f"part.{name}"
