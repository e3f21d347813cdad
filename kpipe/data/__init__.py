"""Sources, splits, preparations and batches: from the `data` section of a spec to the inputs of a model.

The exported names are those that a custom source, preparation, mix or test-time augmentation needs. Their modules are
imported on first access.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpipe.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from kpipe.data.dataset import Dataset, Target
    from kpipe.data.mix.mix import Mix
    from kpipe.data.mix.mix_draw import MixDraw
    from kpipe.data.prepare.preparation import Preparation
    from kpipe.data.sources.array_dataset import ArrayDataset
    from kpipe.data.sources.source import OpenContext, Source
    from kpipe.data.views.view_context import ViewContext
    from kpipe.data.views.views import Views

__all__ = [
    "ArrayDataset",
    "Dataset",
    "Mix",
    "MixDraw",
    "OpenContext",
    "Preparation",
    "Source",
    "Target",
    "ViewContext",
    "Views",
]

_MODULES = {
    "ArrayDataset": "sources.array_dataset",
    "Dataset": "dataset",
    "Mix": "mix.mix",
    "MixDraw": "mix.mix_draw",
    "OpenContext": "sources.source",
    "Preparation": "prepare.preparation",
    "Source": "sources.source",
    "Target": "dataset",
    "ViewContext": "views.view_context",
    "Views": "views.views",
}
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
