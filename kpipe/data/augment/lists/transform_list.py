"""What every ready-made list of transforms has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

#: A transform as a spec has it: `"HorizontalFlip"`, or `{"RandomCrop": {"height": 32, "width": 32}}`.
Transform = str | dict[str, dict[str, Any]]


class TransformList(ABC):
    """A published augmentation under one name: a list of transforms, and what evaluation does in its place.

    A subclass takes the spec's arguments in its constructor, with `@check_arguments`. It needs neither TensorFlow nor
    Albumentations, since it only names transforms.

    Example:
        >>> class Flips(TransformList):
        ...     def transforms(self):
        ...         return ["HorizontalFlip", {"VerticalFlip": {"p": 0.1}}]
        >>> Flips().transforms(), Flips().evaluation()
        (['HorizontalFlip', {'VerticalFlip': {'p': 0.1}}], [])
    """

    @abstractmethod
    def transforms(self) -> list[Transform]:
        """Return the transforms of a training image, in their order, as a spec would have them.

        Other ready-made lists may be among them.
        """

    def evaluation(self) -> list[Transform]:
        """Return the transforms of an image in validation, test and prediction; by default none."""
        return []
