"""Selections of layers, such as those that are frozen."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("selection", base=f"{__name__}.selection:Selection")

#: The module of each selection, which is imported on first access.
_MODULES = {
    "First": "first",
    "Last": "last",
    "Matching": "matching",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
