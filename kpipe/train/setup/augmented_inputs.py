"""The inputs that `data.augment` applies to, and the shapes of their images."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.augment.compose import Kind
from kpipe.data.augment.shapes import output_shapes
from kpipe.data.dataset import Dataset, Input
from kpipe.data.evaluation import Evaluation
from kpipe.data.prepared import PreparedData
from kpipe.errors import ArgumentError, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.spec.python_value import from_python
from kpipe.train.setup.by_image import by_image
from kpipe.train.setup.image_targets import image_targets
from kpipe.train.setup.moved_targets import moved_targets

_TYPES = ("uint8", "uint16")
#: Most shapes in a message.
_LISTED = 3


@dataclass(frozen=True)
class AugmentedInput:
    """How an input is augmented.

    Args:
        node: its transforms.
        alongside: the other inputs and the targets that are transformed with the same draws, as in `Augmentation`.
    """

    node: Node
    alongside: dict[str, Kind]


def augmented_inputs(augment: Node | None, dataset: Dataset) -> dict[str, AugmentedInput]:
    """Return how each input with transforms of its own is augmented; one list for several images is that of the first.

    Args:
        augment: the value of `data.augment`.
        dataset: the opened source.

    Raises:
        SpecError: an input is unknown or does not contain images of 8 or 16 bits per channel, or a transform cannot be
            applied to the targets that are images.
    """
    if augment is None:
        return {}
    lists = {name: node for name, node in by_image(augment, "data.augment", dataset).items() if node.items}
    for name, node in lists.items():
        _check_kind(node, dataset.inputs[name])
    if augment.is_list and lists:
        first, *others = lists
        kinds: dict[str, Kind] = {f"x {name}": "input" for name in others}
        return {first: AugmentedInput(augment, kinds | moved_targets(augment, first, others, dataset))}
    return {name: AugmentedInput(node, moved_targets(node, name, (), dataset)) for name, node in lists.items()}


def _check_kind(node: Node, entry: Input) -> None:
    if entry.kind == "image" and entry.dtype in _TYPES:
        return
    message = (
        f"input {entry.name!r} cannot be augmented; expected images of 8 or 16 bits per channel (uint8, uint16), got "
        f"kind {entry.kind} of {entry.dtype}, shape {entry.shape}; remove the transforms of this input"
    )
    raise SpecError([problem_at(node, message)])


def check_augmented_shape(name: str, node: Node, prepared: PreparedData) -> None:
    """Check that augmented images have the shape of those in the validation and test parts.

    Args:
        name: the input name.
        node: its transforms.
        prepared: the data with these transforms.

    Raises:
        SpecError: the shapes differ, or a transform cannot be applied to the images.
    """
    (height, width, channels), dtype = prepared.decoded[name]
    sizes = [(height, width)] if height and width else _extreme_sizes(prepared.dataset.image_sizes(name))
    expected = tuple(prepared.inputs[name].shape)
    found = {shape for size in sizes for shape in output_shapes(node, (*size, channels or 0), dtype)}
    if found == {expected}:
        return
    place, remedy = _channels_remedy(node, found, prepared, name) or (node, "")
    if not remedy:
        remedy = " or ".join(
            [
                *_evaluation_remedy(node, found, prepared.decoded[name][0], prepared.dataset),
                _list_remedy(found, expected),
            ]
        )
    listed = " or ".join(map(str, sorted(found)[:_LISTED])) + (" ..." if len(found) > _LISTED else "")
    message = (
        f"augmented images of input {name!r} have another shape than those of the validation and test parts; "
        f"expected {expected}, got {listed}; {remedy}"
    )
    raise SpecError([problem_at(place, message)])


def _channels_remedy(
    node: Node, found: set[tuple[int, int, int]], prepared: PreparedData, name: str
) -> tuple[Node, str] | None:
    """Return a transform with a remedy that was tried, if the number of channels changes; else None."""
    shape, dtype = prepared.decoded[name]
    channels = prepared.inputs[name].shape[2]
    if {entry[2] for entry in found} == {channels}:
        return None
    size = (shape[0], shape[1]) if shape[0] and shape[1] else _extreme_sizes(prepared.dataset.image_sizes(name))[-1]
    for position, item in enumerate(node.items):
        class_name, arguments = split_component(item) or ("it", None)
        changed: list[tuple[str, list[Any]]] = [("remove it, since it changes the number of channels", [])]
        if class_name == "ToGray":
            values = {**(arguments.plain() or {} if arguments is not None else {}), "num_output_channels": channels}
            changed.insert(0, (f"write num_output_channels: {channels}", [{class_name: values}]))
        for remedy, items in changed:
            others = [from_python(entry, item.mark, item.path) for entry in items]
            tried = replace(node, value=[*node.items[:position], *others, *node.items[position + 1 :]])
            with contextlib.suppress(SpecError):
                if {entry[2] for entry in output_shapes(tried, (*size, shape[2] or 0), dtype)} == {channels}:
                    return item, f"{class_name}: {remedy}"
    return node, "remove the transforms that change the number of channels"


def _evaluation_remedy(
    node: Node, found: set[tuple[int, int, int]], decoded: tuple[int | None, ...], dataset: Dataset
) -> Iterator[str]:
    """Yield what makes images of the other parts have the one shape that augmented images have."""
    if len(found) > 1 or image_targets(dataset):
        return
    (height, width, channels) = next(iter(found))
    if decoded[:2] == (height, width):
        yield "remove data.evaluate.transform,"
        return
    is_resized = any((split_component(item) or ("", None))[0] == "Resize" for item in node.items)
    # Of an image that is resized for the training, the center alone would be another view.
    for name in ("Resize",) if is_resized else ("CenterCrop", "Resize"):
        with contextlib.suppress(ArgumentError):
            arguments = {"height": height, "width": width}
            if Evaluation([{name: arguments}]).shape(decoded) == (height, width, channels):
                yield f"write `{name}: {{height: {height}, width: {width}}}` under data.evaluate.transform,"
                return


def _list_remedy(found: set[tuple[int, int, int]], expected: tuple[int | None, ...]) -> str:
    height, width, _ = expected
    is_larger = all(shape[0] >= (height or 0) and shape[1] >= (width or 0) for shape in found)
    name = "RandomCrop" if is_larger else "Resize"
    return f"end this list with `{name}: {{height: {height}, width: {width}}}`"


def _extreme_sizes(sizes: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the sizes of the lowest, highest, narrowest and widest images."""
    places = [*sizes.argmin(axis=0), *sizes.argmax(axis=0)]
    return sorted({(int(height), int(width)) for height, width in sizes[places]})
