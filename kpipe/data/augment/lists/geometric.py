"""Random geometric distortions."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.data.augment.lists.transform_list import Transform, TransformList


class Geometric(TransformList):
    """Translates, rotates, stretches and shears each image at random, then distorts it like a lens.

    All amounts are uniform, independent, and as often negative as positive. The first four are one affine map about the
    center, so that the image is interpolated only twice. Images are evaluated as they are.

    Args:
        translation: greatest translation along each axis, as a fraction of the image's size, in [0, 1], default 0.1.
        rotation: greatest angle in degrees, in [0, 180], default 15.
        stretch: greatest change of height and of width, as a fraction of each, in [0, 1), default 0.1.
        shear: greatest shear angle along each axis in degrees, in [0, 45], default 5.
        distortion: greatest radial distortion coefficient, in [0, 1], default 0.1; 0 leaves the distortion out.
        fill: value of pixels outside of the image, in [0, 255], default 0; of 16-bit images a fraction in [0, 1].

    Example:
        >>> Geometric(distortion=0).transforms()[0]["Affine"]["rotate"]
        [-15, 15]
    """

    @check_arguments
    def __init__(
        self,
        translation: Annotated[float, Interval(ge=0, le=1)] = 0.1,
        rotation: Annotated[float, Interval(ge=0, le=180)] = 15,
        stretch: Annotated[float, Interval(ge=0, lt=1)] = 0.1,
        shear: Annotated[float, Interval(ge=0, le=45)] = 5,
        distortion: Annotated[float, Interval(ge=0, le=1)] = 0.1,
        fill: Annotated[float, Interval(ge=0, le=255)] = 0,
    ) -> None:
        self.translation, self.rotation, self.stretch = translation, rotation, stretch
        self.shear, self.distortion, self.fill = shear, distortion, fill

    def transforms(self) -> list[Transform]:
        """Return the affine map and the lens distortion."""
        affine = {
            "translate_percent": _each_axis(-self.translation, self.translation),
            "rotate": [-self.rotation, self.rotation],
            "scale": _each_axis(1 - self.stretch, 1 + self.stretch),
            "shear": _each_axis(-self.shear, self.shear),
            "fill": self.fill,
            "p": 1.0,
        }
        lens = {"distort_limit": [-self.distortion, self.distortion], "fill": self.fill, "p": 1.0}
        return [{"Affine": affine}, *([{"OpticalDistortion": lens}] if self.distortion else [])]


def _each_axis(least: float, greatest: float) -> dict[str, list[float]]:
    return {axis: [least, greatest] for axis in ("x", "y")}
