"""Preparations: steps between the raw samples and the first layer of a model."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("preparation", base=f"{__name__}.preparation:Preparation")

#: Each in a module of its own, imported when it is first used.
_MODULES = {
    "Center": "center",
    "OneHot": "one_hot",
    "PCA": "pca",
    "Rescale": "rescale",
    "Resize": "resize",
    "Standardize": "standardize",
    "Whiten": "whiten",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
