"""The type in which masks are transformed."""

from __future__ import annotations

from kpipe.data.dataset import Target

#: The numbers of classes that 8 bits and 16 bits with a sign can tell apart.
_BYTES, MOST_CLASSES = 2**8, 2**15


def mask_type(target: Target) -> str:
    """Return the NumPy name of the smallest integer type of OpenCV for the classes of a mask.

    Args:
        target: a target of masks with at most `MOST_CLASSES` classes.

    Example:
        >>> mask_type(Target("mask", "sequence", ("sky", "sea"), (8, 8)))
        'uint8'
    """
    return "uint8" if len(target.classes or ()) <= _BYTES else "int16"
