"""The error of numbers that a model cannot receive."""

from __future__ import annotations

from kpipe.errors import DataError


class NumberError(DataError):
    """A sample contains a number that is not finite or out of range; in a setup it is reported at `data.source`.

    Args:
        message: the sample, the number, what is allowed, and how to fix it.
    """
