"""The largest number of epochs of the trials of a sweep."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from kpipe.components import build
from kpipe.errors import SpecError
from kpipe.space.search_space import SearchSpace
from kpipe.spec.node import Node, split_component
from kpipe.spec.sections.or_component import is_component_entry
from kpipe.spec.sections.train import Train
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
    found: list[int] = []
    for number, stage in enumerate(spec.train.stages):
        path = f"train.stages.{number}"
        whole = [_epochs(node, usual) for node in _values(spec, space, path)]
        numbers = [[value] for own in epochs_paths(spec.train, number) for value in _numbers(spec, space, own)] or whole
        if isinstance(stage, Node):
            stated = _epochs(stage, usual)
            # A number is that of each stage of a recipe.
            numbers = [value * len(stated) if len(value) == 1 else value for value in numbers]
        else:
            stated = [usual if stage.epochs is None else stage.epochs]
        found += max(numbers, key=sum, default=stated)
    return found


def epochs_paths(train: Train, index: int) -> list[str]:
    """Return the paths of the epochs of an entry of `train.stages`; a recipe has several.

    Args:
        train: the section, with stages.
        index: the number of entries before it.

    Example:
        >>> from kpipe.spec.reader import read
        >>> epochs_paths(read("kpipe:iris", {"train.stages": [{}, "FineTune"]}).train, 1)
        ['train.stages.1.epochs', 'train.stages.1.FineTune.epochs', 'train.stages.FineTune.epochs']
    """
    stages = train.stages or []
    path, stage = f"train.stages.{index}", stages[index]
    parts = split_component(stage) if isinstance(stage, Node) else None
    if parts is None:
        return [f"{path}.epochs"]
    only = ["train.stages.epochs"] if len(stages) == 1 else []
    return [f"{path}.epochs", f"{path}.{parts[0]}.epochs", f"train.stages.{parts[0]}.epochs", *only]


def _values(spec: Spec, space: SearchSpace, path: str) -> Sequence[Node]:
    """Return the values of a path in a space that have to be looked at; none if it is not in the space."""
    parameter = space.paths.get(path)
    return [] if parameter is None else [spec.evaluated(edge) for edge in parameter.edges]


def _numbers(spec: Spec, space: SearchSpace, path: str) -> list[int]:
    return [node.value for node in _values(spec, space, path) if isinstance(node.value, int)]


def _epochs_of_list(stages: Node, usual: int) -> list[int]:
    """Return the epochs of the stages of an option; a null is a training without stages."""
    entries = [stages] if is_component_entry(stages) else stages.items
    return [number for node in entries for number in _epochs(node, usual)] or [usual]


def _epochs(stage: Node, usual: int) -> list[int]:
    """Return the epochs of an entry: those of each stage of a recipe, and otherwise one number."""
    if is_component_entry(stage):
        # An argument can be a space inside of a choice.
        with contextlib.suppress(SpecError):
            return list(build(stage, "recipe").stage_epochs(usual))
    node = stage.get("epochs") if stage.is_mapping else None
    return [node.value if node is not None and isinstance(node.value, int) else usual]
