"""The value of `data.evaluate.transform`, or its default."""

from __future__ import annotations

from typing import Any

from kpipe.data.augment.compose import evaluation_transforms
from kpipe.spec.sections.data import Data


def evaluation_lists(data: Data) -> Any:
    """Return the transforms of an evaluation as plain values: a list, or a mapping from input name to a list.

    Args:
        data: the section; by default, a ready-made list in `data.augment` determines the transforms.
    """
    written = data.evaluate.transform
    if written is not None and written.value != "auto":
        return written.plain()
    if data.augment is None:
        return []
    if data.augment.is_mapping:
        return {name: evaluation_transforms(node) for name, node in data.augment.entries.items()}
    return evaluation_transforms(data.augment)
