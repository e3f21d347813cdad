"""The difference between transforms that move pixels, and those that only change their values."""

from __future__ import annotations

from typing import Any

from kpipe.components.import_albumentations import import_albumentations

#: Classes of Albumentations that support masks, but move no pixels.
_IN_PLACE = frozenset({"BaseDropout", "NoOp", "PixelDropout"})


def moves_pixels(transform: type[Any]) -> bool:
    """Return whether a transform moves pixels, so that masks and images to predict have to be transformed with it.

    These are the transforms that Albumentations calls spatial (`DualTransform`), except for dropout. A composition,
    such as `OneOf`, moves no pixels by itself.

    Args:
        transform: a class of transforms.

    Example:
        >>> albumentations = import_albumentations()
        >>> [moves_pixels(getattr(albumentations, name)) for name in ("Affine", "GaussNoise", "CoarseDropout")]
        [True, False, False]
    """
    if not issubclass(transform, import_albumentations().DualTransform):
        return False
    return not any(base.__name__ in _IN_PLACE for base in transform.__mro__)
