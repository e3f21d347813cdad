"""The base classes of Albumentations, imported without its look-up of newer versions on the network."""

from kpipe.components.import_albumentations import import_albumentations

import_albumentations()

from albumentations import ImageOnlyTransform, SmallestMaxSize  # noqa: E402
from albumentations.core.pydantic import check_range_bounds, nondecreasing  # noqa: E402
from albumentations.core.transforms_interface import BaseTransformInitSchema  # noqa: E402

__all__ = ["BaseTransformInitSchema", "ImageOnlyTransform", "SmallestMaxSize", "check_range_bounds", "nondecreasing"]
