"""An item of a list of a spec, with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SpecItem:
    """An item of a list of a spec.

    Args:
        path: its dotted path.
        value: its value, which can contain components and other items.
    """

    path: str
    value: Any
