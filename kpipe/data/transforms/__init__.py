"""Transforms of images that Albumentations lacks, written like its own."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind(
    "transform",
    "albumentations",
    base="albumentations:BasicTransform",
    more_bases=("albumentations:BaseCompose", "kpipe.data.augment.lists.transform_list:TransformList"),
)

#: Each in a module of its own, imported when it is first used.
_MODULES = {
    "Cutout": "cutout",
    "Lighting": "lighting",
    "PillowEqualize": "pillow_equalize",
    "RandomShorterSide": "random_shorter_side",
    "Sharpness": "sharpness",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
