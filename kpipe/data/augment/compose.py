"""Transforms of a spec as one `Compose` of Albumentations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kpipe.components.checker import check_evaluated
from kpipe.components.construct import construct
from kpipe.components.import_albumentations import import_albumentations
from kpipe.components.transform_lists import ready_made, written_out
from kpipe.errors import Mark, Problem, SpecError
from kpipe.spec.node import Node
from kpipe.spec.python_value import from_python
from kpipe.spec.yaml_text.dump import plain


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


def composed(nodes: Sequence[Node]) -> Any:
    """Return the strict `Compose` of the transforms that `parts` returns."""
    return import_albumentations().Compose([construct(node, "transform") for node in nodes], strict=True)


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
