"""Ready-made lists of transforms."""

from kpipe.lazy_exports import lazy_exports

#: Each in a module of its own, imported when it is first used.
_MODULES = {
    "AutoAugment": "auto_augment",
    "CifarCrops": "cifar_crops",
    "Geometric": "geometric",
    "InceptionCrops": "inception_crops",
    "RandAugment": "rand_augment",
    "ResNetCrops": "resnet_crops",
    "TrivialAugment": "trivial_augment",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
