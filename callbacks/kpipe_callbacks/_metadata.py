"""Metadata of `Annotated` that says more of an argument than its type; specs of kpipe read it by its attributes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotInSpec:
    """Marks an argument that a spec cannot give.

    Args:
        not_in_spec: why, for messages.
    """

    not_in_spec: str


@dataclass(frozen=True, slots=True)
class SpecFile:
    """Marks an argument that names a file.

    Args:
        spec_file: what the callback does with it: `output`, it writes the file.
    """

    spec_file: str
