"""Ready-made lists of transforms."""

from kpipe.lazy_exports import lazy_exports

#: Each in a module of its own, imported when it is first used.
_MODULES = {
    "CifarCrops": "cifar_crops",
    "Geometric": "geometric",
    "InceptionCrops": "inception_crops",
    "ResNetCrops": "resnet_crops",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
