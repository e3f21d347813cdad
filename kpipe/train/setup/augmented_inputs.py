"""The inputs that `data.augment` applies to, and the shapes of their images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpipe.data.augment.shapes import output_shapes
from kpipe.data.dataset import Dataset
from kpipe.data.prepared import PreparedData
from kpipe.errors import SpecError
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at
from kpipe.train.setup.by_input import by_input

_TYPES = ("uint8", "uint16")


def augmented_inputs(augment: Node | None, dataset: Dataset) -> dict[str, Node]:
    """Return the transforms of each input that has some.

    Args:
        augment: the value of `data.augment`.
        dataset: the opened source.

    Raises:
        SpecError: an input is unknown or does not contain images of 8 or 16 bits per channel.
    """
    if augment is None:
        return {}
    found = {name: node for name, node in by_input(augment, "data.augment", list(dataset.inputs)).items() if node.items}
    for name, node in found.items():
        entry = dataset.inputs[name]
        if entry.kind != "image" or entry.dtype not in _TYPES:
            kind = f"{entry.kind} of {entry.dtype}"
            raise SpecError(
                [
                    problem_at(
                        node,
                        f"input {name!r} cannot be augmented; expected images of 8 or 16 bits per channel (uint8, "
                        f"uint16), got kind {kind}, shape {entry.shape}; remove the transforms of this input",
                    )
                ]
            )
    return found


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
    if found != {expected}:
        first, listed = min(found), " or ".join(map(str, sorted(found)))
        raise SpecError(
            [
                problem_at(
                    node,
                    f"augmented images of input {name!r} have another shape than those of the validation and test "
                    f"parts; expected {expected}, got {listed}; transform the latter under data.evaluate.transform, "
                    f"such as CenterCrop: {{height: {first[0]}, width: {first[1]}}}, or end this list with a transform "
                    f"to {expected[0]} x {expected[1]} pixels, such as RandomCrop or Resize",
                )
            ]
        )


def _extreme_sizes(sizes: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the sizes of the lowest, highest, narrowest and widest images."""
    places = [*sizes.argmin(axis=0), *sizes.argmax(axis=0)]
    return sorted({(int(height), int(width)) for height, width in sizes[places]})
