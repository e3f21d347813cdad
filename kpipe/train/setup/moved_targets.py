"""Targets that are transformed with the augmented images of an input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kpipe.components.transform_lists import written_out
from kpipe.data.augment.compose import Kind
from kpipe.data.augment.mask_arguments import mask_problems
from kpipe.data.augment.mask_type import MOST_CLASSES
from kpipe.data.augment.transform_leaves import transform_leaves
from kpipe.data.dataset import Dataset
from kpipe.errors import Problem, SpecError
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at
from kpipe.train.setup.image_targets import changes_masks, image_targets, moving_transforms, one_per_place

_SELECTIVE = "SelectiveChannelTransform"


def moved_targets(transforms: Node, name: str, others: Sequence[str], dataset: Dataset) -> dict[str, Kind]:
    """Return the targets that are transformed with an input, by `y` and their names; none if no pixel is moved.

    Args:
        transforms: the transforms of the input.
        name: the input.
        others: the inputs that are transformed with it.
        dataset: the opened source.

    Raises:
        SpecError: a transform cannot be applied to the targets, or there are images that it would not be applied to.
    """
    targets = image_targets(dataset)
    problems = [*_selective(transforms, name)] if others else []
    problems += [*_separate(transforms, name, others, dataset, targets)] if targets else []
    changes = bool(targets) and (any(moving_transforms(transforms)) or changes_masks(transforms))
    for target in (dataset.targets[key] for key, kind in targets.items() if changes and kind == "mask"):
        problems += _mask_problems(transforms, target.name, target.classes or ())
    if problems:
        raise SpecError(one_per_place(problems))
    return {f"y {target}": kind for target, kind in targets.items()} if changes else {}


def _selective(transforms: Node, name: str) -> Iterator[Problem]:
    """Yield the problems of transforms of some channels if there are several inputs."""
    for part in written_out(transforms.items):
        for leaf, inside in transform_leaves(part):
            if _SELECTIVE in inside:
                message = f"{_SELECTIVE} would change the input {name!r} alone; write a mapping keyed by input name"
                yield problem_at(part if part.chain else leaf, message)


def _separate(
    transforms: Node, name: str, others: Sequence[str], dataset: Dataset, targets: Iterable[str]
) -> Iterator[Problem]:
    """Yield the problems of transforms that would move the pixels of an input against those of its targets."""
    images = [key for key, entry in dataset.inputs.items() if entry.kind == "image"]
    still = [key for key in images if key not in (name, *others)]
    for place, moved, inside in moving_transforms(transforms):
        if _SELECTIVE in inside:
            other, remedy = next(iter(targets)), f"put {moved} outside of {_SELECTIVE}"
        elif still:
            listed = " and ".join(images)
            other, remedy = still[0], f"write one list, data.augment: [...], which transforms {listed} alike"
        else:
            continue
        message = f"{moved} moves pixels of the input {name!r}, but not those of {other!r}, to which they belong"
        yield problem_at(place, f"{message}; {remedy}")


def _mask_problems(transforms: Node, target: str, classes: Sequence[str]) -> list[Problem]:
    if len(classes) > MOST_CLASSES:
        message = f"the masks of {target!r} cannot be augmented; expected at most {MOST_CLASSES} classes, got "
        return [problem_at(transforms, f"{message}{len(classes)}; remove data.augment")]
    return [*mask_problems(written_out(transforms.items), target, classes)]
