"""Preparations: deterministic steps between raw samples and the first layer of a model."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("preparation", base=f"{__name__}.preparation:Preparation")

#: The module of each preparation, which is imported on first access.
_MODULES = {
    "Center": "center",
    "Encode": "encode",
    "Impute": "impute",
    "OneHot": "one_hot",
    "PCA": "pca",
    "Rescale": "rescale",
    "Resize": "resize",
    "Standardize": "standardize",
    "Whiten": "whiten",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
