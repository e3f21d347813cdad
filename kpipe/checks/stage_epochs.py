"""The number of epochs of each stage of a training, which does not depend on the data."""

from __future__ import annotations

from kpipe.components import build
from kpipe.spec.node import Node
from kpipe.spec.sections.train import Train


def stage_epochs(train: Train) -> list[int]:
    """Return the largest number of epochs of each stage, also of those of recipes.

    Args:
        train: the section `train` of a checked spec, whose code is in use.

    Returns:
        A number for each stage; that of the training if it has no stages.

    Raises:
        SpecError: an argument of a recipe is invalid.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> spec = checked("kpipe:iris", {"train.epochs": 4, "train.stages": [{"epochs": 3}, {}, "Transfer"]})
        >>> stage_epochs(spec.train), total_epochs(spec.train)
        ([3, 4, 4, 4], 15)
    """
    return [number for numbers in entry_epochs(train) for number in numbers]


def total_epochs(train: Train) -> int:
    """Return the largest number of epochs of the whole training, that of all its stages.

    Args:
        train: as in `stage_epochs`.
    """
    return sum(stage_epochs(train))


def entry_epochs(train: Train) -> list[list[int]]:
    """Return the epochs of each entry of `train.stages`: several numbers for a recipe of several stages.

    Args:
        train: as in `stage_epochs`.
    """
    if train.stages is None:
        return [[train.epochs]]
    found = []
    for entry in train.stages:
        if isinstance(entry, Node):
            found.append(list(build(entry, "recipe").stage_epochs(train.epochs)))
        else:
            found.append([train.epochs if entry.epochs is None else entry.epochs])
    return found


def has_own_epochs(train: Train, index: int) -> bool:
    """Return whether an entry of `train.stages` states its epochs, instead of using `train.epochs`.

    Args:
        train: as in `stage_epochs`; it has stages.
        index: the number of entries before it.
    """
    entry = (train.stages or [])[index]
    if isinstance(entry, Node):
        return bool(build(entry, "recipe").has_epochs)
    return entry.epochs is not None
