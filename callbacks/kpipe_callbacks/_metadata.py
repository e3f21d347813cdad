"""Metadata for `Annotated` that describes an argument beyond its type; kpipe reads it by its attributes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotInSpec:
    """Mark an argument that cannot be set in a spec.

    Args:
        not_in_spec: the reason, for messages.
    """

    not_in_spec: str


@dataclass(frozen=True, slots=True)
class SpecFile:
    """Mark an argument that is the path of a file.

    Args:
        spec_file: how the callback uses the file; `output` if it writes the file.
    """

    spec_file: str
