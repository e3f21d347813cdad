"""Targets that are images, which transforms of the inputs must not shift against them."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.components.argument_forms import resolved
from kpipe.components.import_albumentations import import_albumentations
from kpipe.components.transform_lists import written_out
from kpipe.data.dataset import Dataset, Target
from kpipe.errors import Problem, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at

#: Transforms of Albumentations that also transform masks, but move no pixels.
_IN_PLACE = ("CoarseDropout", "GridDropout", "PixelDropout", "XYMasking")
#: Transforms of images only that change their size.
_RESIZING = ("RandomShorterSide",)


def refuse_shifted_targets(transforms: Node, name: str, dataset: Dataset) -> None:
    """Refuse transforms that move the pixels of an input, if a target of the dataset is an image.

    Args:
        transforms: the transforms of an input, ready-made lists included.
        name: the input.
        dataset: the opened source.

    Raises:
        SpecError: a transform moves pixels; the error contains a problem for each of them.
    """
    target = next((entry for entry in dataset.targets.values() if _is_image(entry, dataset.inputs[name].shape)), None)
    if target is None:
        return
    shape = " x ".join(map(str, target.shape))
    message = (
        f"moves the pixels of the input {name!r}, but not those of the target {target.name!r}, which is an image "
        f"({shape}); use transforms of colors, noise or dropout only, such as RandomBrightnessContrast, or remove it"
    )
    problems: dict[tuple[int, int], Problem] = {}
    for part in written_out(transforms.items):
        for node, moving in _moving(part):
            place = part if part.chain else node
            problem = problem_at(place, f"{moving} {message}")
            problems.setdefault((place.mark.line, place.mark.column), problem)
    if problems:
        raise SpecError([*problems.values()])


def _is_image(target: Target, shape: tuple[int | None, ...]) -> bool:
    if len(target.shape) < 2 or target.task not in ("sequence", "regression"):
        return False
    is_of_size = all(own in (None, size) for own, size in zip(shape, target.shape[:2], strict=False))
    return is_of_size or len(target.shape) == 2 + (target.task == "regression")


def _moving(node: Node) -> Iterator[tuple[Node, str]]:
    """Yield each transform in a transform that moves pixels, with its class."""
    name, arguments = split_component(node) or ("", None)
    known = resolved("transform", name)
    if known is None:
        return
    inner = arguments.get("transforms") if arguments is not None else None
    if inner is not None:
        for entry in inner.items:
            yield from _moving(entry)
        return
    plain = name.rpartition(".")[2]
    moves = issubclass(known.load(), import_albumentations().DualTransform) and plain not in _IN_PLACE
    if moves or plain in _RESIZING:
        yield node, plain
