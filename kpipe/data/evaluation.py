"""Transforms of images in validation, test and prediction, in NumPy and as Keras layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.features import Features
from kpipe.data.prepare.resize import Resize
from kpipe.errors import ArgumentError, DataError, Mark, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.spec.python_value import from_python

Image = npt.NDArray[Any]
Shape = tuple[int | None, ...]

#: The transforms that the saved model can contain, with the arguments that its layers have.
ALLOWED = {
    "Resize": ("height", "width"),
    "SmallestMaxSize": ("max_size",),
    "LongestMaxSize": ("max_size",),
    "CenterCrop": ("height", "width"),
    "PadIfNeeded": ("min_height", "min_width"),
}
#: The transform that has to follow, so that all images have the same size.
_FOLLOWED_BY = {"SmallestMaxSize": "CenterCrop", "LongestMaxSize": "PadIfNeeded"}


class Evaluation:
    """The deterministic transforms of one input, which are part of the saved model.

    `SmallestMaxSize` with `CenterCrop` is computed as `Resize` with `crop_to_aspect_ratio`, and `LongestMaxSize` with
    `PadIfNeeded` as `Resize` with `pad_to_aspect_ratio`, followed by the crop or padding, since Keras' layers have a
    fixed size. Linear interpolation without antialiasing; padding is zero; the NumPy form and the layers agree to 1e-3
    for values from 0 to 255.

    Args:
        transforms: the list of a spec with evaluated expressions, or plain values as a spec would have them.

    Attributes:
        keeps_type: whether all transforms only crop or pad, so that images of bytes remain bytes.

    Raises:
        SpecError: a transform or an argument is not among `ALLOWED`.

    Example:
        >>> evaluation = Evaluation([{"SmallestMaxSize": {"max_size": 8}}, {"CenterCrop": {"height": 6, "width": 6}}])
        >>> evaluation.image(np.zeros((20, 30, 3), np.uint8)).shape
        (6, 6, 3)
    """

    def __init__(self, transforms: Node | Sequence[Any]) -> None:
        nodes = transforms.items if isinstance(transforms, Node) else _nodes(transforms)
        self._steps: list[Resize | _Crop | _Pad] = []
        for position, node in enumerate(nodes):
            name, values = _arguments(node)
            following = _arguments(nodes[position + 1]) if position + 1 < len(nodes) else ("", {})
            if name in _FOLLOWED_BY:
                _check_following(node, name, values, following)
            self._steps.append(_STEPS[name](**values))
        self.keeps_type = not any(isinstance(step, Resize) for step in self._steps)

    @property
    def resizes(self) -> bool:
        """Whether the first transform accepts images of any size."""
        return bool(self._steps) and isinstance(self._steps[0], Resize)

    def shape(self, shape: Shape) -> Shape:
        """Return the shape of a transformed image, given the shape (height, width, channels) of an image.

        Args:
            shape: its sizes are None if they differ.

        Raises:
            ArgumentError: the images are too small for a crop, or their size is unknown but needed.
        """
        for step in self._steps:
            shape = (
                step.bind(Features("image", "image", shape)).shape if isinstance(step, Resize) else step.shape(shape)
            )
        return shape

    def image(self, image: Image) -> Image:
        """Return a transformed image (height, width, channels)."""
        for step in self._steps:
            image = step.image(image)
        return image

    def before_final_crop(self) -> tuple[Evaluation, tuple[int, int] | None]:
        """Return the transforms before a `CenterCrop` at the end and its size, or all transforms and None."""
        if not self._steps or not isinstance(crop := self._steps[-1], _Crop):
            return self, None
        before = Evaluation([])
        before._steps = self._steps[:-1]
        before.keeps_type = self.keeps_type
        return before, crop.size

    def build(self, tensor: Any, name: str) -> Any:
        """Apply the transforms as built-in Keras layers; `name` is the prefix of their names."""
        for position, step in enumerate(self._steps, start=1):
            tensor = step.build(tensor, f"{name}_evaluate_{position}")
        return tensor


class _Crop:
    def __init__(self, height: int, width: int) -> None:
        self.size = (height, width)

    def shape(self, shape: Shape) -> Shape:
        if None in shape:
            raise ArgumentError(
                "CenterCrop", "the images differ in size; write Resize or SmallestMaxSize before CenterCrop"
            )
        if any(size is not None and size < crop for size, crop in zip(shape, self.size, strict=False)):
            raise ArgumentError(
                "CenterCrop",
                f"the images are smaller than the crop; expected at least {self.size[0]} x {self.size[1]} pixels, "
                f"got {shape[0]} x {shape[1]}; write Resize or SmallestMaxSize before CenterCrop",
            )
        return (*self.size, *shape[2:])

    def _margins(self, shape: Sequence[int]) -> tuple[tuple[int, int], tuple[int, int]]:
        return tuple(  # type: ignore[return-value]
            ((size - crop) // 2, size - crop - (size - crop) // 2) for size, crop in zip(shape, self.size, strict=True)
        )

    def image(self, image: Image) -> Image:
        (top, _), (left, _) = self._margins(image.shape[:2])
        return image[top : top + self.size[0], left : left + self.size[1]]

    def build(self, tensor: Any, name: str) -> Any:
        import keras

        margins = self._margins(tensor.shape[1:3])
        return keras.layers.Cropping2D(margins, data_format="channels_last", dtype="float32", name=name)(tensor)


class _Pad:
    def __init__(self, min_height: int, min_width: int) -> None:
        self._least = (min_height, min_width)

    def shape(self, shape: Shape) -> Shape:
        if None in shape:
            raise ArgumentError(
                "PadIfNeeded", "the images differ in size; write Resize or LongestMaxSize before PadIfNeeded"
            )
        return (*(max(size or 0, least) for size, least in zip(shape, self._least, strict=False)), *shape[2:])

    def _margins(self, shape: Sequence[int]) -> tuple[tuple[int, int], tuple[int, int]]:
        missing = [max(least - size, 0) for size, least in zip(shape, self._least, strict=True)]
        return tuple((size // 2, size - size // 2) for size in missing)  # type: ignore[return-value]

    def image(self, image: Image) -> Image:
        return np.pad(image, (*self._margins(image.shape[:2]), (0, 0)))

    def build(self, tensor: Any, name: str) -> Any:
        import keras

        margins = self._margins(tensor.shape[1:3])
        return keras.layers.ZeroPadding2D(margins, data_format="channels_last", dtype="float32", name=name)(tensor)


_STEPS: dict[str, Callable[..., Resize | _Crop | _Pad]] = {
    "Resize": Resize,
    "SmallestMaxSize": lambda max_size: Resize(max_size, max_size, crop_to_aspect_ratio=True),
    "LongestMaxSize": lambda max_size: Resize(max_size, max_size, pad_to_aspect_ratio=True),
    "CenterCrop": _Crop,
    "PadIfNeeded": _Pad,
}


def as_batch(evaluation: Evaluation, images: Any) -> Image:
    """Return transformed images as one array.

    Args:
        evaluation: the transforms.
        images: an array (n, height, width, channels), or a list of images whose sizes differ.

    Raises:
        DataError: the transformed images differ in size.
    """
    made = [evaluation.image(image) for image in images]
    shapes = {image.shape for image in made}
    if len(shapes) > 1:
        listed = ", ".join(map(str, sorted(shapes)))
        raise DataError(f"transformed images differ in shape; expected one shape, got {listed}; add CenterCrop")
    return np.stack(made)


def _nodes(transforms: Sequence[Any]) -> list[Node]:
    return from_python(list(transforms), Mark("data.evaluate.transform", 1, 1, 1, 1), "data.evaluate.transform").items


def _arguments(node: Node) -> tuple[str, dict[str, Any]]:
    name, arguments = split_component(node) or ("", None)
    if name not in ALLOWED:
        raise _refused(
            node, f"{name} cannot be part of the saved model; expected {', '.join(ALLOWED)}, got {name}; use another"
        )
    entries = arguments.entries if arguments is not None else {}
    for key, entry in entries.items():
        if key not in ALLOWED[name]:
            allowed = ", ".join(ALLOWED[name])
            raise _refused(
                entry,
                f"{name} cannot be part of the saved model with this argument; expected {allowed}, got {key}; "
                "remove it",
            )
    values = {key: entry.plain() for key, entry in entries.items()}
    for key in ALLOWED[name]:
        value = values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise _refused(entries.get(key, node), f"{name} requires {key}; expected an integer from 1, got {value!r}")
    return name, values


def _check_following(node: Node, name: str, values: dict[str, Any], following: tuple[str, dict[str, Any]]) -> None:
    needed, size = _FOLLOWED_BY[name], values["max_size"]
    sizes = following[1].values()
    is_crop = needed == "CenterCrop"
    fits = all(other <= size if is_crop else other >= size for other in sizes)
    if following[0] != needed or not fits:
        bound = "at most" if is_crop else "at least"
        keys = ", ".join(f"{key}: {size}" for key in ALLOWED[needed])
        raise _refused(
            node,
            f"after {name}, images have different sizes; expected {needed} of {bound} {size} x {size} pixels after it; "
            f"add {needed}: {{{keys}}}",
        )


def _refused(node: Node, message: str) -> SpecError:
    return SpecError([problem_at(node, message)])
