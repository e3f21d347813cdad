"""The augmentation of one input."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.components.import_albumentations import import_albumentations
from kpipe.data.augment.cannot_apply import cannot_apply
from kpipe.data.augment.compose import Kind, composed, parts
from kpipe.data.augment.draws import Draws
from kpipe.errors import DataError, Problem
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at

Image = npt.NDArray[Any]
#: The largest value of a 16-bit image; Albumentations expects floats in [0, 1].
_LARGEST = np.float32(65535)


class Augmentation:
    """A random function of an image that can be repeated.

    The result depends only on the image, the seed, the epoch, the place and the input: neither on the order of calls
    nor on the process. It can be pickled, and called by several threads, each of which has a `Compose` of its own.

    Args:
        transforms: the list of a spec with evaluated expressions, or plain values as a spec would have them.
        alongside: the kinds of other inputs and of targets that `together` transforms with the image, keyed by names
            that contain a space; default none.

    Attributes:
        alongside: the argument.

    Raises:
        SpecError: a transform is unknown, or has arguments that its class refuses; with all places.

    Example:
        >>> augmentation = Augmentation([{"HorizontalFlip": {"p": 0.5}}])
        >>> image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
        >>> first = augmentation(image, seed=1, epoch=0, place=5)
        >>> bool((augmentation(image, seed=1, epoch=0, place=5) == first).all())
        True
    """

    def __init__(self, transforms: Node | Sequence[Any], alongside: Mapping[str, Kind] | None = None) -> None:
        self._nodes = parts(transforms)
        self.alongside = dict(alongside or {})
        self._compose = composed(self._nodes, self.alongside)
        # Transforms with generators of their own would be copied with the state of each.
        self._compose.set_random_state(self._compose.random_generator, self._compose.py_random)
        self._of_thread = threading.local()

    def __call__(
        self, image: Image, seed: int, epoch: int, place: int, input_number: int = 0, *, for_views: bool = False
    ) -> Image:
        """Return the augmented image.

        Args:
            image: `(height, width, channels)`: uint8; uint16; or float32 in 0..65535, a decoded 16-bit image.
            seed: the seed of the spec.
            epoch: the epoch, from 0.
            place: the place in the training part before it is shuffled, from 0; a sample that occurs twice has two.
            input_number: the position of the input in the dataset, from 0.
            for_views: whether the image is a view of a test-time augmentation, with draws of its own; `epoch` is then
                the number of the draw, and `place` the index of the sample.

        Returns:
            The image, uint8 for uint8 and else float32 in 0..65535.

        Raises:
            DataError: a transform cannot be applied to the image; the problem has the place of the transform.
        """
        return self.together(image, {}, seed, epoch, place, input_number, for_views=for_views)[0]

    def together(
        self,
        image: Image,
        others: Mapping[str, Image],
        seed: int,
        epoch: int,
        place: int,
        input_number: int = 0,
        *,
        for_views: bool = False,
    ) -> tuple[Image, dict[str, Image]]:
        """Return the augmented image, and others of its size that are transformed with the same draws.

        Args:
            image: see `__call__`.
            others: the other inputs and targets by their names in `alongside`: inputs of the type of the image, masks
                of uint8 or int16 `(height, width)`, images to predict of float32 `(height, width, channels)` in [0, 1],
                or without the last axis.
            seed: see `__call__`.
            epoch: see `__call__`.
            place: see `__call__`.
            input_number: see `__call__`.
            for_views: see `__call__`.

        Returns:
            The image, as `__call__` returns it, and the others with their types and numbers of axes.

        Raises:
            DataError: a transform cannot be applied; the problem has the place of the transform.
        """
        own, draws = self._own()
        draws.start(seed, epoch, place, input_number, for_views)
        try:
            return self._applied(own, image, others)
        except (Exception, SystemExit) as error:
            # Transforms raise any exception for images that they do not support, and custom code may call `sys.exit`.
            draws.start(seed, epoch, place, input_number, for_views)
            raise DataError(problem=self._failure(own, image, others, error)) from error

    def _applied(self, transform: Any, image: Image, others: Mapping[str, Image]) -> tuple[Image, dict[str, Image]]:
        if not others:
            return applied(transform, image), {}
        largest = np.float32(255 if image.dtype == np.uint8 else 1)
        kinds, available = self.alongside, transform.available_keys
        entering = {key: _entering(kinds[key], values, largest) for key, values in others.items() if key in available}
        found: dict[str, Image] = {}

        def keep(image: Image) -> dict[str, Image]:
            found.update(transform(image=image, **entering))
            return found

        made = applied(keep, image)
        changed = {key: _leaving(kinds[key], found[key], others[key], largest) for key in entering}
        return made, {**others, **changed}

    def _failure(self, own: Any, image: Image, others: Mapping[str, Image], error: BaseException) -> Problem:
        """Return what failed: each transform is applied again, with the same draws."""
        name, reached = "an augmentation", image
        # Compose itself draws once.
        own.py_random.random()
        for transform, node in zip(own.transforms, self._nodes, strict=True):
            name = type(transform).__name__
            try:
                reached, others = self._applied(transform, reached, others)
            except (Exception, SystemExit) as again:
                return problem_at(node, cannot_apply(name, reached, again, partial(_always_applied, transform)))
        return problem_at(self._nodes[0], cannot_apply(name, reached, error))

    def problem(self, message: str) -> Problem:
        """Return a problem of the augmented images, at the place of the last transform."""
        return problem_at(self._nodes[-1], message) if self._nodes else Problem(None, "", message)

    def _own(self) -> tuple[Any, Draws]:
        own = self._of_thread
        if not hasattr(own, "compose"):
            made, own.draws = self._compose, Draws()
            replaced = {id(made.random_generator): own.draws.numbers, id(made.py_random): own.draws.python}
            own.compose = copy.deepcopy(made, replaced)
            own.compose.set_random_state(own.draws.numbers, own.draws.python)
        return own.compose, own.draws

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle reads the arguments in their order; importing Albumentations by a class of it would use the network.
        return _restored, (_Import(), self._nodes, self._compose, self.alongside)


def applied(transform: Any, image: Image) -> Image:
    """Return an image as a transform or a `Compose` returns it, with an axis of channels.

    Args:
        transform: accepts `image` and returns a mapping with it.
        image: as in `Augmentation`.
    """
    is_byte = image.dtype == np.uint8
    made = transform(image=np.ascontiguousarray(image if is_byte else image.astype(np.float32) / _LARGEST))["image"]
    made = made[:, :, None] if made.ndim == 2 else made
    expected = np.uint8 if is_byte else np.floating
    if not np.issubdtype(made.dtype, expected):
        # Rounding to bytes would turn numbers in [0, 1] into black images.
        raise TypeError(
            f"it returned {made.dtype}; expected {'uint8' if is_byte else 'float32'}, the type of its image"
        )
    return np.ascontiguousarray(made if is_byte else made.astype(np.float32, copy=False) * _LARGEST)


def _entering(kind: Kind, values: Image, largest: np.float32) -> Image:
    """Return another input or a target as a transform receives it, with the range of the image."""
    if kind == "mask":
        return np.ascontiguousarray(values)
    if kind == "input":
        return np.ascontiguousarray(values if values.dtype == np.uint8 else values.astype(np.float32) / _LARGEST)
    scaled = np.ascontiguousarray(values * largest)
    return scaled[:, :, None] if scaled.ndim == 2 else scaled


def _leaving(kind: Kind, made: Image, values: Image, largest: np.float32) -> Image:
    """Return what a transform has made of another input or a target, with its former range and number of axes."""
    if kind != "mask":
        made = made[:, :, None] if made.ndim == 2 else made
        if made.dtype != np.uint8:
            made = made.astype(np.float32, copy=False) * (_LARGEST if kind == "input" else 1 / largest)
    return np.ascontiguousarray(made[:, :, 0] if values.ndim < made.ndim else made)


def _always_applied(transform: Any, image: Image) -> Image:
    return applied(partial(transform, force_apply=True), image)


class _Import:
    def __reduce__(self) -> tuple[Any, ...]:
        return _imported, ()


def _imported() -> None:
    import_albumentations()


def _restored(imported: None, nodes: list[Node], made: Any, alongside: dict[str, Kind]) -> Augmentation:
    del imported
    augmentation = Augmentation.__new__(Augmentation)
    augmentation.alongside = alongside
    augmentation._nodes, augmentation._compose, augmentation._of_thread = nodes, made, threading.local()
    return augmentation
