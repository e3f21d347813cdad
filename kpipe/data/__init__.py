"""The data of a spec become batches: sources, splits, preparation, order.

These are the names that a custom source or preparation needs; importing this package imports none of their modules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kpipe.data.dataset import Dataset, Target
    from kpipe.data.prepare.preparation import Preparation
    from kpipe.data.sources.array_dataset import ArrayDataset
    from kpipe.data.sources.source import OpenContext, Source

__all__ = ["ArrayDataset", "Dataset", "OpenContext", "Preparation", "Source", "Target"]

_WHERE = {
    "ArrayDataset": "sources.array_dataset",
    "Dataset": "dataset",
    "OpenContext": "sources.source",
    "Preparation": "prepare.preparation",
    "Source": "sources.source",
    "Target": "dataset",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
