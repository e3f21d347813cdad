"""The augmentation of one input."""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.components.import_albumentations import import_albumentations
from kpipe.data.augment.cannot_apply import cannot_apply
from kpipe.data.augment.compose import composed, parts
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

    Raises:
        SpecError: a transform is unknown, or has arguments that its class refuses; with all places.

    Example:
        >>> augmentation = Augmentation([{"HorizontalFlip": {"p": 0.5}}])
        >>> image = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
        >>> first = augmentation(image, seed=1, epoch=0, place=5)
        >>> bool((augmentation(image, seed=1, epoch=0, place=5) == first).all())
        True
    """

    def __init__(self, transforms: Node | Sequence[Any]) -> None:
        self._nodes = parts(transforms)
        self._compose = composed(self._nodes)
        self._of_thread = threading.local()

    def __call__(self, image: Image, seed: int, epoch: int, place: int, input_number: int = 0) -> Image:
        """Return the augmented image.

        Args:
            image: `(height, width, channels)`: uint8; uint16; or float32 in 0..65535, a decoded 16-bit image.
            seed: the seed of the spec.
            epoch: the epoch, from 0.
            place: the place in the training part before it is shuffled, from 0; a sample that occurs twice has two.
            input_number: the position of the input in the dataset, from 0.

        Returns:
            The image, uint8 for uint8 and else float32 in 0..65535.

        Raises:
            DataError: a transform cannot be applied to the image; the problem has the place of the transform.
        """
        own, draws = self._own()
        draws.start(seed, epoch, place, input_number)
        try:
            return applied(own, image)
        except (Exception, SystemExit) as error:
            # Transforms raise any exception for images that they do not support, and custom code may call `sys.exit`.
            draws.start(seed, epoch, place, input_number)
            raise DataError(problem=_failure(own, self._nodes, image, error)) from error

    def problem(self, message: str) -> Problem:
        """Return a problem of the augmented images, at the place of the last transform."""
        return problem_at(self._nodes[-1], message) if self._nodes else Problem(None, "", message)

    def _own(self) -> tuple[Any, Draws]:
        own = self._of_thread
        if not hasattr(own, "compose"):
            own.compose, own.draws = copy.deepcopy(self._compose), Draws()
            own.compose.set_random_state(own.draws.numbers, own.draws.python)
        return own.compose, own.draws

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle reads the arguments in their order; importing Albumentations by a class of it would use the network.
        return _restored, (_Import(), self._nodes, self._compose)


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


def _failure(own: Any, nodes: Sequence[Node], image: Image, error: BaseException) -> Problem:
    """Return what failed: each transform is applied again, with the same draws."""
    name, reached = "an augmentation", image
    # Compose itself draws once.
    own.py_random.random()
    for transform, node in zip(own.transforms, nodes, strict=True):
        name = type(transform).__name__
        try:
            reached = applied(transform, reached)
        except (Exception, SystemExit) as again:
            return problem_at(node, cannot_apply(name, reached, again, partial(_always_applied, transform)))
    return problem_at(nodes[0], cannot_apply(name, reached, error))


def _always_applied(transform: Any, image: Image) -> Image:
    return applied(partial(transform, force_apply=True), image)


class _Import:
    def __reduce__(self) -> tuple[Any, ...]:
        return _imported, ()


def _imported() -> None:
    import_albumentations()


def _restored(imported: None, nodes: list[Node], made: Any) -> Augmentation:
    del imported
    augmentation = Augmentation.__new__(Augmentation)
    augmentation._nodes, augmentation._compose, augmentation._of_thread = nodes, made, threading.local()
    return augmentation
