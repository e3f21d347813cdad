"""Mixes: random combinations of the samples of one training batch and of their labels."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("mix", base=f"{__name__}.mix:Mix")

#: The module of each mix, which is imported on first access.
_MODULES = {
    "CutMix": "cut_mix",
    "MixUp": "mix_up",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
