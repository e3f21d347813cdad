"""Learning-rate multipliers: factors on the learning rate of some layers."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("multiplier", base=f"{__name__}.multiplier:Multiplier")

#: The module of each multiplier, which is imported on first access.
_MODULES = {
    "Groups": "groups",
    "LayerDecay": "layer_decay",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
