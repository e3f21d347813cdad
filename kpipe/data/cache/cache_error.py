"""The error of a cache on disk."""

from __future__ import annotations

from kpipe.errors import DataError


class CacheError(DataError):
    """The decoded samples cannot be kept on disk; in a run it becomes a `DataError` at the place of `data.cache`.

    Args:
        message: the folder, what is wrong, and how to fix it.
    """
