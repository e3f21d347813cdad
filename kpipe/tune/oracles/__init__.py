"""Oracles: what proposes the values of the next trial of a sweep."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("oracle", base=f"{__name__}.oracle:Oracle")

#: The module of each oracle, which is imported on first access.
_MODULES = {
    "BayesianOptimization": "bayesian_optimization",
    "GridSearch": "grid_search",
    "Hyperband": "hyperband",
    "RandomSearch": "random_search",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
