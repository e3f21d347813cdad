"""Saved weights from which a training starts."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("start", base=f"{__name__}.start:Start")

#: The module of each start, which is imported on first access.
_MODULES = {
    "File": "file",
    "Run": "run",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
