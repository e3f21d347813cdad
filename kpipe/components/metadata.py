"""Metadata of `Annotated` that describes an argument beyond its type and its range; see `inspect_class`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KerasArgument:
    """Marks an argument that accepts what an argument of Keras' components of the same kind accepts.

    Args:
        keras_argument: the name of that argument, such as `activation`.
    """

    keras_argument: str


@dataclass(frozen=True, slots=True)
class NotInSpec:
    """Marks an argument that a spec cannot give.

    Args:
        not_in_spec: why, for messages.
    """

    not_in_spec: str
