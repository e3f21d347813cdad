"""Fields of a section that map paths of the spec to values."""

from __future__ import annotations

from pydantic.fields import FieldInfo


class PathValues:
    """Marks a field that is a mapping from a path of the spec, as for `--set`, to a value that is evaluated later."""


def is_path_values(field: FieldInfo | None) -> bool:
    """Return whether a field is a mapping from paths to values."""
    return field is not None and any(isinstance(entry, PathValues) for entry in field.metadata)
