"""Strategies: on which devices a training runs."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("strategy", base=f"{__name__}.strategy:Strategy")

#: Each in a module of its own, imported when it is first used.
_MODULES = {
    "Mirrored": "mirrored",
    "OneDevice": "one_device",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
