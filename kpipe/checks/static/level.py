"""How serious a finding is."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """The level of a finding, which is the first letter of its code.

    Example:
        >>> Level("W").name
        'WARNING'
    """

    ERROR = "E"
    WARNING = "W"
    NOTE = "N"
