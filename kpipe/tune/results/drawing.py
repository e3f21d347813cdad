"""The settings of Matplotlib for the pictures of a sweep."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator


@contextlib.contextmanager
def drawing() -> Iterator[None]:
    """Use Matplotlib's default style within the block, and suppress its messages about fonts and caches.

    The pictures do not depend on the settings of the user, which are unchanged after the block.

    Example:
        >>> import matplotlib
        >>> with matplotlib.rc_context({"lines.linewidth": 9}):
        ...     with drawing():
        ...         matplotlib.rcParams["lines.linewidth"]
        1.5
    """
    import matplotlib.style

    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with matplotlib.style.context("default"):
            yield
    finally:
        logger.setLevel(level)
