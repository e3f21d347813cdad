"""The error of a checkpoint that does not belong to the training that is resumed."""

from __future__ import annotations

from kpipe.errors import DataError


class CheckpointMismatchError(DataError):
    """A checkpoint belongs to another model or to other callbacks than those of the training that resumes it.

    Unlike other data that turn out to be unusable after the training has begun, it shows that the call is wrong.
    """
