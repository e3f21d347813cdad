"""Metadata for `Annotated` that describes more than the type and range of an argument; see `inspect_class`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KerasArgument:
    """Marks an argument that accepts the same values as an argument of Keras' components of the same kind.

    Args:
        keras_argument: the name of the argument in Keras, such as `activation`.
    """

    keras_argument: str


@dataclass(frozen=True, slots=True)
class NotInSpec:
    """Marks an argument that cannot be set in a spec.

    Args:
        not_in_spec: the reason, for messages.
    """

    not_in_spec: str
