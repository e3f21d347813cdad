"""The policies that AutoAugment found."""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.data.augment.lists.policy_operations import operation
from kpipe.data.augment.lists.transform_list import Transform, TransformList

#: One sub-policy per line: two operations, each with its probability and, where it has one, its magnitude.
_POLICIES = {
    "cifar10": """
    Invert 0.1, Contrast 0.2 6
    Rotate 0.7 2, TranslateX 0.3 9
    Sharpness 0.8 1, Sharpness 0.9 3
    ShearY 0.5 8, TranslateY 0.7 9
    AutoContrast 0.5, Equalize 0.9
    ShearY 0.2 7, Posterize 0.3 7
    Color 0.4 3, Brightness 0.6 7
    Sharpness 0.3 9, Brightness 0.7 9
    Equalize 0.6, Equalize 0.5
    Contrast 0.6 7, Sharpness 0.6 5
    Color 0.7 7, TranslateX 0.5 8
    Equalize 0.3, AutoContrast 0.4
    TranslateY 0.4 3, Sharpness 0.2 6
    Brightness 0.9 6, Color 0.2 8
    Solarize 0.5 2, Invert 0.0
    Equalize 0.2, AutoContrast 0.6
    Equalize 0.2, Equalize 0.6
    Color 0.9 9, Equalize 0.6
    AutoContrast 0.8, Solarize 0.2 8
    Brightness 0.1 3, Color 0.7 0
    Solarize 0.4 5, AutoContrast 0.9
    TranslateY 0.9 9, TranslateY 0.7 9
    AutoContrast 0.9, Solarize 0.8 3
    Equalize 0.8, Invert 0.1
    TranslateY 0.7 9, AutoContrast 0.9
    """,
    "imagenet": """
    Posterize 0.4 8, Rotate 0.6 9
    Solarize 0.6 5, AutoContrast 0.6
    Equalize 0.8, Equalize 0.6
    Posterize 0.6 7, Posterize 0.6 6
    Equalize 0.4, Solarize 0.2 4
    Equalize 0.4, Rotate 0.8 8
    Solarize 0.6 3, Equalize 0.6
    Posterize 0.8 5, Equalize 1.0
    Rotate 0.2 3, Solarize 0.6 8
    Equalize 0.6, Posterize 0.4 6
    Rotate 0.8 8, Color 0.4 0
    Rotate 0.4 9, Equalize 0.6
    Equalize 0.0, Equalize 0.8
    Invert 0.6, Equalize 1.0
    Color 0.6 4, Contrast 1.0 8
    Rotate 0.8 8, Color 1.0 2
    Color 0.8 8, Solarize 0.8 7
    Sharpness 0.4 7, Invert 0.6
    ShearX 0.6 5, Equalize 1.0
    Color 0.4 0, Equalize 0.6
    Equalize 0.4, Solarize 0.2 4
    Solarize 0.6 5, AutoContrast 0.6
    Invert 0.6, Equalize 1.0
    Color 0.6 4, Contrast 1.0 8
    Equalize 0.8, Equalize 0.6
    """,
}
#: Translation at magnitude 10: 10 of 32 pixels, and 150 of 331.
_TRANSLATION = {"cifar10": 10 / 32, "imagenet": 150 / 331}


class AutoAugment(TransformList):
    """Applies one of 25 pairs of operations that a search found for CIFAR-10 or ImageNet.

    Cubuk et al., AutoAugment: Learning Augmentation Strategies from Data (2019), appendix, tables 7 (CIFAR-10) and 9
    (ImageNet), with the ranges of table 6: shear 0.3, rotation 30 degrees, Posterize from 8 bits to 4, Solarize from
    threshold 256 to 0, factors of Color, Contrast, Brightness and Sharpness from 0.1 to 1.9. A magnitude of the tables
    is a tenth of the range, and larger ones posterize and solarize more, both as in the authors' code for CIFAR-10
    (table 6, read literally, reverses these two). Geometric operations have either sign with probability 1/2; the two
    operations of a pair are applied independently with their probabilities. The authors also crop and flip:
    `[CifarCrops, AutoAugment, Cutout]` or `[InceptionCrops, AutoAugment: {policy: imagenet}]`. Images are evaluated as
    they are.

    Args:
        policy: `cifar10` or `imagenet`, default `cifar10`.
        fill: value of pixels outside of the image, in [0, 255], default 0; of 16-bit images a fraction in [0, 1].

    Example:
        >>> len(AutoAugment("imagenet").transforms()[0]["OneOf"]["transforms"])
        25
    """

    @check_arguments
    def __init__(
        self,
        policy: Literal["cifar10", "imagenet"] = "cifar10",
        fill: Annotated[float, Interval(ge=0, le=255)] = 0,
    ) -> None:
        self.policy, self.fill = policy, fill

    def transforms(self) -> list[Transform]:
        """Return the choice among the pairs."""
        pairs = [self._pair(line) for line in _POLICIES[self.policy].strip().splitlines()]
        return [{"OneOf": {"transforms": pairs, "p": 1.0}}]

    def _pair(self, line: str) -> Transform:
        operations = []
        for part in line.split(","):
            name, probability, *magnitude = part.split()
            level = float(magnitude[0]) if magnitude else 0.0
            operations.append(operation(name, level, _TRANSLATION[self.policy], self.fill, float(probability)))
        return {"Sequential": {"transforms": operations, "p": 1.0}}
