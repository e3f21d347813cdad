"""One of fourteen operations, of random magnitude."""

from __future__ import annotations

import math
from typing import Annotated

from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.data.augment.lists.policy_operations import enhanced, fixed, moved, solarized
from kpipe.data.augment.lists.transform_list import Transform, TransformList

#: The wide ranges: slope, translation in pixels, rotation in degrees, bits, and factors.
_SHEAR, _TRANSLATION, _ROTATION, _BITS, _FACTORS = 0.99, 32, 135, (2, 8), (0.01, 2.0)


class TrivialAugment(TransformList):
    """Applies one of fourteen operations, drawn uniformly, with a magnitude that is uniform in a wide range.

    Mueller & Hutter, TrivialAugment: Tuning-free Yet State-of-the-Art Data Augmentation (2021), section 3, with the
    wide ranges: shear 0.99 (here uniform in the angle), translation 32 pixels, rotation 135 degrees, all of either
    sign; Posterize 2 to 8 bits, Solarize 0 to 256, factors of Color, Contrast, Brightness and Sharpness 0.01 to 2.
    Magnitudes are continuous, where the paper draws one of 31. Images are evaluated as they are.

    Args:
        fill: value of pixels outside of the image, in [0, 255], default 0; of 16-bit images a fraction in [0, 1].

    Example:
        >>> len(TrivialAugment().transforms()[0]["OneOf"]["transforms"])
        14
    """

    @check_arguments
    def __init__(self, fill: Annotated[float, Interval(ge=0, le=255)] = 0) -> None:
        self.fill = fill

    def transforms(self) -> list[Transform]:
        """Return the choice among the operations."""
        angle = math.degrees(math.atan(_SHEAR))
        operations = [
            *(fixed(name) for name in ("Identity", "AutoContrast", "Equalize")),
            moved({"rotate": [-_ROTATION, _ROTATION]}, None, self.fill),
            solarized(0, 256),
            {"Posterize": {"num_bits": list(_BITS), "p": 1.0}},
            *(enhanced(name, *_FACTORS) for name in ("Color", "Contrast", "Brightness", "Sharpness")),
            *(moved({"shear": [-angle, angle]}, axis, self.fill) for axis in ("x", "y")),
            *(moved({"translate_px": [-_TRANSLATION, _TRANSLATION]}, axis, self.fill) for axis in ("x", "y")),
        ]
        return [{"OneOf": {"transforms": operations, "p": 1.0}}]
