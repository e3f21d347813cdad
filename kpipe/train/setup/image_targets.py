"""Targets that are images, and the transforms that move their pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpipe.components.argument_forms import resolved
from kpipe.components.construct import construct
from kpipe.components.transform_lists import written_out
from kpipe.data.augment.compose import Kind
from kpipe.data.augment.moves_pixels import moves_pixels
from kpipe.data.augment.transform_leaves import transform_leaves
from kpipe.data.dataset import Dataset, Target
from kpipe.errors import Problem, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at

#: Arguments that are not None if dropout also replaces pixels of masks.
_OF_MASKS = ("fill_mask", "mask_drop_value")


def image_targets(dataset: Dataset) -> dict[str, Kind]:
    """Return the targets that are masks or images, with what their pixels are, keyed by target name.

    Args:
        dataset: the opened source.
    """
    shapes = [entry.shape for entry in dataset.inputs.values() if entry.kind == "image"]
    return {
        name: "mask" if target.task == "sequence" else "image"
        for name, target in dataset.targets.items()
        if any(_is_image(target, shape) for shape in shapes)
    }


def moving_transforms(transforms: Node) -> Iterator[tuple[Node, str, tuple[str, ...]]]:
    """Yield each transform in a list that moves pixels: the place of its problems, its class, and what contains it.

    Args:
        transforms: the transforms of an input, ready-made lists included, whose place is that of their transforms.
    """
    for part in written_out(transforms.items):
        for leaf, inside in transform_leaves(part):
            name, _ = split_component(leaf) or ("", None)
            known = resolved("transform", name)
            if known is not None and moves_pixels(known.load()):
                yield part if part.chain else leaf, name.rpartition(".")[2], inside


def changes_masks(transforms: Node) -> bool:
    """Return whether a list contains dropout that also replaces pixels of masks."""
    leaves = (leaf for part in written_out(transforms.items) for leaf, _ in transform_leaves(part))
    made = (construct(leaf, "transform") for leaf in leaves)
    return any(
        getattr(transform, argument, None) is not None
        for transform in made
        if not moves_pixels(type(transform))
        for argument in _OF_MASKS
    )


def refuse_shifted_targets(transforms: Node, name: str, dataset: Dataset) -> None:
    """Refuse transforms for an evaluation that move the pixels of an input, if a target is an image.

    Args:
        transforms: the transforms of an input.
        name: the input.
        dataset: the opened source.

    Raises:
        SpecError: a transform moves pixels; the error contains a problem for each of them.
    """
    targets = image_targets(dataset)
    if not targets:
        return
    target = dataset.targets[next(iter(targets))]
    shape = " x ".join(map(str, target.shape))
    message = (
        f"moves the pixels of the input {name!r} in an evaluation, but not those of the target {target.name!r}, which "
        f"is an image ({shape}); write Resize under data.prepare, and under data.augment transforms that keep this "
        "size, such as RandomResizedCrop"
    )
    problems = [problem_at(place, f"{moving} {message}") for place, moving, _ in moving_transforms(transforms)]
    if problems:
        raise SpecError(one_per_place(problems))


def one_per_place(problems: Iterable[Problem]) -> list[Problem]:
    """Return the first problem of each line and column, since those of a ready-made list have one place."""
    first: dict[tuple[int, int] | None, Problem] = {}
    for problem in problems:
        first.setdefault(None if problem.mark is None else (problem.mark.line, problem.mark.column), problem)
    return list(first.values())


def _is_image(target: Target, shape: tuple[int | None, ...]) -> bool:
    if len(target.shape) < 2 or target.task not in ("sequence", "regression"):
        return False
    is_of_size = all(own in (None, size) for own, size in zip(shape, target.shape[:2], strict=False))
    return is_of_size or len(target.shape) == 2 + (target.task == "regression")
