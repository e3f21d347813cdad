"""Imports Albumentations without its search for a newer version."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

_SWITCH = "NO_ALBUMENTATIONS_UPDATE"


def import_albumentations() -> Any:
    """Import Albumentations and return the module; nothing is asked of the network.

    Raises:
        ImportError: Albumentations is not installed or cannot be loaded.

    Example:
        >>> import_albumentations().HorizontalFlip(p=1).p
        1.0
    """
    if "albumentations" in sys.modules:
        return import_module("albumentations")
    with _without_update_check():
        return import_module("albumentations")


@contextmanager
def _without_update_check() -> Iterator[None]:
    """Switch the search off; child processes inherit nothing."""
    before = os.environ.get(_SWITCH)
    os.environ[_SWITCH] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_SWITCH, None)
        else:
            os.environ[_SWITCH] = before
