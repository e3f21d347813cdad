"""A few of fourteen operations, all of one magnitude."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Interval

from kpipe.components.argument_check import check_arguments
from kpipe.data.augment.lists.policy_operations import operation
from kpipe.data.augment.lists.transform_list import Transform, TransformList

_OPERATIONS = (
    "Identity", "AutoContrast", "Equalize", "Rotate", "Solarize", "Color", "Posterize", "Contrast", "Brightness",
    "Sharpness", "ShearX", "ShearY", "TranslateX", "TranslateY",
)  # fmt: skip


class RandAugment(TransformList):
    """Applies some of fourteen operations, drawn uniformly with replacement, all with one magnitude.

    Cubuk et al., RandAugment: Practical Automated Data Augmentation with a Reduced Search Space (2020), section 3.
    Magnitudes are tenths of the ranges of AutoAugment (2019), table 6: shear 0.3, translation 150/331 of the image,
    rotation 30 degrees, Posterize from 8 bits to 4, Solarize from threshold 256 to 0, and factors of Color, Contrast,
    Brightness and Sharpness from 0.1 to 1.9. Geometric operations have either sign with probability 1/2. Images are
    evaluated as they are.

    Args:
        number: operations per image, at least 1, default 2.
        magnitude: magnitude of all operations, in [0, 30], default 9; 10 is the end of the ranges, above which
            Posterize and Solarize do not change further.
        fill: value of pixels outside of the image, in [0, 255], default 0; of 16-bit images a fraction in [0, 1].

    Example:
        >>> made = RandAugment(number=3).transforms()[0]["RandomOrder"]
        >>> made["n"], len(made["transforms"])
        (3, 14)
    """

    @check_arguments
    def __init__(
        self,
        number: Annotated[int, Ge(1)] = 2,
        magnitude: Annotated[float, Interval(ge=0, le=30)] = 9,
        fill: Annotated[float, Interval(ge=0, le=255)] = 0,
    ) -> None:
        self.number, self.magnitude, self.fill = number, magnitude, fill

    def transforms(self) -> list[Transform]:
        """Return the choice among the operations."""
        operations = [operation(name, self.magnitude, 150 / 331, self.fill) for name in _OPERATIONS]
        return [{"RandomOrder": {"transforms": operations, "n": self.number, "replace": True, "p": 1.0}}]
