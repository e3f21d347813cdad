"""Strategies, which select the devices of a training."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("strategy", base=f"{__name__}.strategy:Strategy")

#: The modules of the classes, which are imported at their first use.
_MODULES = {
    "Mirrored": "mirrored",
    "OneDevice": "one_device",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
