"""Recipes: ready-made stages of a training."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("recipe", base=f"{__name__}.recipe:Recipe")

#: The module of each recipe, which is imported on first access.
_MODULES = {
    "FeatureExtraction": "feature_extraction",
    "FineTune": "fine_tune",
    "Transfer": "transfer",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
