"""The largest number of epochs of the trials of a sweep."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.space.search_space import SearchSpace
from kpipe.spec.node import Node
from kpipe.spec.spec import Spec


def longest_training(spec: Spec, space: SearchSpace) -> list[int]:
    """Return the largest number of epochs of each stage of the training, of all values in a space.

    Args:
        spec: a spec that was read.
        space: the space, in which `train.epochs`, `train.stages`, or values of stages can be.

    Returns:
        One number for each stage; a single one for a training without stages.

    Example:
        >>> from kpipe.spec.reader import read
        >>> spec = read("kpipe:digits", {"train.stages": [{"epochs": 2}, {"epochs": 5}]})
        >>> longest_training(spec, SearchSpace(()))
        [2, 5]
    """
    usual = max(_numbers(spec, space, "train.epochs"), default=spec.train.epochs)
    chosen = [_epochs_of_list(node, usual) for node in _values(spec, space, "train.stages")]
    if chosen:
        return max(chosen, key=sum)
    if spec.train.stages is None:
        return [usual]
    found = []
    for number, stage in enumerate(spec.train.stages):
        path = f"train.stages.{number}"
        whole = [_epochs(node, usual) for node in _values(spec, space, path)]
        numbers = _numbers(spec, space, f"{path}.epochs") or whole
        found.append(max(numbers, default=usual if stage.epochs is None else stage.epochs))
    return found


def _values(spec: Spec, space: SearchSpace, path: str) -> Sequence[Node]:
    """Return the values of a path in a space that have to be looked at; none if it is not in the space."""
    parameter = space.paths.get(path)
    return [] if parameter is None else [spec.evaluated(edge) for edge in parameter.edges]


def _numbers(spec: Spec, space: SearchSpace, path: str) -> list[int]:
    return [node.value for node in _values(spec, space, path) if isinstance(node.value, int)]


def _epochs_of_list(stages: Node, usual: int) -> list[int]:
    """Return the epochs of the stages of an option; a null is a training without stages."""
    return [_epochs(node, usual) for node in stages.items] if stages.is_list and stages.items else [usual]


def _epochs(stage: Node, usual: int) -> int:
    node = stage.get("epochs") if stage.is_mapping else None
    return node.value if node is not None and isinstance(node.value, int) else usual
