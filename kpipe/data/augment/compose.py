"""Transforms of a spec as one `Compose` of Albumentations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from kpipe.components.checker import check_evaluated
from kpipe.components.construct import construct
from kpipe.components.import_albumentations import import_albumentations
from kpipe.components.transform_lists import ready_made, written_out
from kpipe.data.augment.moves_pixels import moves_pixels
from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.node import Node
from kpipe.spec.python_value import from_python
from kpipe.spec.yaml_text.dump import plain

#: What is transformed with an image: another input, or a target whose pixels are classes (`mask`) or numbers (`image`).
Kind = Literal["input", "mask", "image"]


def compose(transforms: Node | Sequence[Any]) -> Any:
    """Return the strict `Compose` of a list of transforms, which always applies the list.

    Args:
        transforms: the list of a spec with evaluated expressions, or plain values as a spec would have them.

    Raises:
        SpecError: a transform is unknown, or has arguments that its class refuses; with all places.

    Example:
        >>> [type(made).__name__ for made in compose(["CifarCrops"]).transforms]
        ['Pad', 'RandomCrop', 'HorizontalFlip']
    """
    return composed(parts(transforms))


def composed(nodes: Sequence[Node], alongside: Mapping[str, Kind] | None = None) -> Any:
    """Return the strict `Compose` of the transforms that `parts` returns.

    Args:
        nodes: the transforms.
        alongside: the kinds of the additional arguments of its call, keyed by the name of the argument.
            All transforms apply to inputs, Albumentations' own targets to masks, and transforms that move pixels to
            images to predict. By default, only the image is transformed.
    """
    kinds = dict(alongside or {})
    others = {key: "mask" if kind == "mask" else "image" for key, kind in kinds.items() if kind != "image"}
    transforms = [construct(node, "transform") for node in nodes]
    made = import_albumentations().Compose(transforms, additional_targets=others or None, strict=True)
    if images := {key: "image" for key, kind in kinds.items() if kind == "image"}:
        _add_images(made, images)
    return made


def _add_images(composition: Any, images: dict[str, str]) -> None:
    """Let the transforms that move pixels transform further images."""
    for transform in composition.transforms:
        if isinstance(transform, import_albumentations().BaseCompose):
            _add_images(transform, images)
        elif moves_pixels(type(transform)):
            transform.add_targets(images)
    # Without arguments, this collects what the transforms accept.
    composition.add_targets(None)


def parts(transforms: Node | Sequence[Any]) -> list[Node]:
    """Return the checked transforms of a list, with those of ready-made lists in their places.

    Raises:
        SpecError: a transform is unknown or has wrong arguments.
    """
    return _checked(written_out(_checked(_nodes(transforms))))


def plain_transforms(transforms: Node | Sequence[Any]) -> list[Any]:
    """Return plain values of a list of transforms as a resolved spec has them, with ready-made lists written out.

    Example:
        >>> plain_transforms([{"CifarCrops": {"padding": 2}}])[0]
        {'Pad': {'padding': 2}}
    """
    return [plain(node, {}) for node in parts(transforms)]


def evaluation_transforms(transforms: Node | Sequence[Any]) -> list[Any]:
    """Return plain values of the transforms that the last ready-made list of a list has for evaluation.

    Example:
        >>> evaluation_transforms(["CifarCrops"])
        []
    """
    found = [made.evaluation() for node in _checked(_nodes(transforms)) if (made := ready_made(node)) is not None]
    return next((evaluation for evaluation in reversed(found) if evaluation), [])


def _nodes(transforms: Node | Sequence[Any]) -> list[Node]:
    if isinstance(transforms, Node):
        return transforms.items
    return from_python(list(transforms), Mark("augment", 1, 1, 1, 1), "augment").items


def _checked(nodes: list[Node]) -> list[Node]:
    problems: list[Problem] = [problem for node in nodes for problem in check_evaluated(node, "transform", ())]
    if problems:
        raise SpecError(problems)
    return nodes
