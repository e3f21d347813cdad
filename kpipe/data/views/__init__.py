"""Test-time augmentations: several views of an image, whose answers are averaged."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("view", base=f"{__name__}.views:Views")

#: The module of each test-time augmentation, which is imported on first access.
_MODULES = {
    "Draws": "draws",
    "Flip": "flip",
    "ResNetScales": "res_net_scales",
    "TenCrop": "ten_crop",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
