"""Whether a schema is for a file with a complete spec or with a part of one."""

from __future__ import annotations

from enum import Enum

from kpipe.schema.form import Schema


class Mode(Enum):
    """Whether a file contains a complete spec.

    An editor validates one file at a time. In a file with `extends` or `set`, required keys can come from another file,
    and with `imports`, in the file or in its base, classes can be defined that the schema does not list. The schema of
    such a partial file therefore accepts any class name and does not require keys that merging can add. Items of lists
    are never merged, so that their required arguments are required in both modes.
    """

    COMPLETE = "complete"
    PARTIAL = "partial"

    def ref(self, name: str) -> Schema:
        """Return a reference to a definition for this mode.

        Example:
            >>> Mode.COMPLETE.ref("layer"), Mode.PARTIAL.ref("layer")
            ({'$ref': '#/definitions/layer'}, {'$ref': '#/definitions/part.layer'})
        """
        return {"$ref": f"#/definitions/{self.key(name)}"}

    def component(self, kind: str) -> list[Schema]:
        """Return the options of a component as a value: the definition of its kind, and its names for completion."""
        return [self.ref(kind), {"$ref": f"#/definitions/{kind}.names"}]

    def key(self, name: str) -> str:
        """Return the key under `definitions` of a definition for this mode."""
        return name if self is Mode.COMPLETE else f"part.{name}"
