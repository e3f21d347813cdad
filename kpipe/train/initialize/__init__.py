"""Initializations, which set weights by the training data before the first step."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("initialization", base=f"{__name__}.initialization:Initialization")

#: The module of each initialization, which is imported on first access.
_MODULES = {
    "BiasFromLabels": "bias_from_labels",
    "LSUV": "lsuv",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
