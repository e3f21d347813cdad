"""Pruners: what ends a trial of a sweep that is worse than the others."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("pruner", base=f"{__name__}.pruner:Pruner")

#: The module of each pruner, which is imported on first access.
_MODULES = {
    "Median": "median",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
