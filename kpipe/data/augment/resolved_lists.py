"""Ready-made lists of transforms, as the resolved spec writes them out."""

from __future__ import annotations

from typing import Any

from kpipe.data.augment.compose import plain_transforms
from kpipe.data.augment.evaluation_lists import evaluation_lists
from kpipe.spec.node import Node
from kpipe.spec.spec import Spec


def resolved_lists(spec: Spec) -> dict[str, Any]:
    """Return each list of `data.augment` that contains a ready-made list, with its transforms in its place.

    The transforms that ready-made lists have for evaluation become those of `data.evaluate`.

    Args:
        spec: a checked spec.

    Returns:
        Plain values by dotted path that replace values of the spec; see `Spec.dump`.
    """
    augment = spec.data.augment
    if augment is None:
        return {}
    lists = augment.entries if augment.is_mapping else {"": augment}
    found = {name: _changed(node) for name, node in lists.items()}
    if all(entry is None for entry in found.values()):
        return {}
    values = {name: lists[name].plain() if entry is None else entry for name, entry in found.items()}
    resolved = {"data.augment": values if augment.is_mapping else values[""]}
    evaluation = evaluation_lists(spec.data)
    has_transforms = any(evaluation.values() if isinstance(evaluation, dict) else evaluation)
    return {**resolved, "data.evaluate.transform": evaluation} if has_transforms else resolved


def _changed(node: Node) -> list[Any] | None:
    transforms = plain_transforms(node)
    return None if transforms == node.plain() else transforms
