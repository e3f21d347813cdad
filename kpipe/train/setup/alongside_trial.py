"""The trial of transforms on an input and what is transformed with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from kpipe.data.augment.augmentation import Augmentation, Image
from kpipe.data.augment.compose import Kind
from kpipe.data.augment.mask_type import mask_type
from kpipe.data.dataset import Target
from kpipe.data.prepared import PreparedData
from kpipe.errors import DataError, SpecError
from kpipe.messages.escaped import escaped
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at

#: Samples that are augmented before the training.
_DRAWS = 32


def try_alongside(name: str, transforms: Node, alongside: Mapping[str, Kind], prepared: PreparedData) -> Iterator[str]:
    """Augment examples of an input with everything that is transformed with it, and yield messages about the masks.

    Args:
        name: the input.
        transforms: its transforms.
        alongside: as in `Augmentation`.
        prepared: the data.

    Raises:
        SpecError: a transform cannot be applied to one of them.
    """
    if not alongside:
        return
    targets = prepared.dataset.targets
    image = _example(*prepared.decoded[name])
    others = {
        key: _example(*prepared.decoded[key[2:]]) if kind == "input" else _label(targets[key[2:]], kind)
        for key, kind in alongside.items()
    }
    filled: dict[str, set[int]] = {key: set() for key, kind in alongside.items() if kind == "mask"}
    for made in _augmented(transforms, alongside, image, others):
        for key, indices in filled.items():
            indices.update(map(int, np.setdiff1d(made[key], others[key])))
    for key, indices in filled.items():
        for index in sorted(indices):
            yield (
                f"data.augment: in the target {key[2:]!r}, pixels that are not in the image become the class "
                f"{escaped((targets[key[2:]].classes or ())[index])}; fill_mask: {index} of a transform is its index"
            )


def _augmented(
    transforms: Node, alongside: Mapping[str, Kind], image: Image, others: Mapping[str, Image]
) -> Iterator[dict[str, Image]]:
    augmentation = Augmentation(transforms, alongside)
    for place in range(_DRAWS):
        try:
            yield augmentation.together(image, others, 0, 0, place)[1]
        except DataError as error:
            found = error.problem or problem_at(transforms, str(error))
            listed = " and ".join(repr(key[2:]) for key in others)
            message = f"{found.message}; the input is transformed together with {listed}"
            raise SpecError([replace(found, message=message)]) from error


def _label(target: Target, kind: Kind) -> Image:
    """Return a label of which nothing is the class 0, which replaces pixels by default."""
    if kind == "mask":
        return np.full(target.shape, len(target.classes or ()) - 1, mask_type(target))
    return np.ones(target.shape, np.float32)


def _example(shape: tuple[int | None, ...], dtype: str) -> Image:
    values = np.random.Generator(np.random.Philox(0)).integers(1, 255, [size or 1 for size in shape])
    return values.astype(dtype) if dtype == "uint8" else (values * 257).astype(dtype)
