"""Places in shared memory for the batches of one worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from kpipe.data.aligned_tensor import aligned_empty
from kpipe.data.workers.shared_array import SharedArray

Values = npt.NDArray[Any]


class BatchSlots:
    """Places for batches, in memory that the training and one worker share.

    Args:
        specs: by array's name, shape of one sample and type.
        batch_size: samples that a batch has at most.
        count: of places.

    Raises:
        TypeError: an array of strings or objects.

    Example:
        >>> import numpy as np
        >>> slots = BatchSlots({"x": ((2,), "uint8")}, batch_size=3, count=2)
        >>> slots.write(1, {"x": np.ones((2, 2), "uint8")})
        2
        >>> slots.read(1, 2)["x"].tolist()
        [[1, 1], [1, 1]]
    """

    def __init__(self, specs: Mapping[str, tuple[tuple[int, ...], str]], batch_size: int, count: int) -> None:
        self._arrays: dict[str, SharedArray] = {}
        for name, (shape, dtype) in specs.items():
            try:
                self._arrays[name] = SharedArray((count, batch_size, *shape), dtype)
            except TypeError as error:
                raise TypeError(f"array {name!r}: {error}") from None

    def write(self, slot: int, values: Mapping[str, Values]) -> int:
        """Put a batch into a place.

        Returns:
            How many samples it has.

        Raises:
            ValueError: other arrays than those of the specs, of another shape or type, or too many samples.
        """
        if not isinstance(values, Mapping) or values.keys() != self._arrays.keys():
            found = list(values) if isinstance(values, Mapping) else type(values).__name__
            raise ValueError(f"the arrays of the batch are {found}; expected {list(self._arrays)}")
        count = len(next(iter(values.values()), ()))
        for name, value in values.items():
            place = self._arrays[name].array[slot]
            if value.shape != (count, *place.shape[1:]) or value.dtype != place.dtype or count > len(place):
                raise ValueError(
                    f"array {name!r} of the batch has shape {value.shape} and type {value.dtype}; expected "
                    f"{(count, *place.shape[1:])} and {place.dtype}, with at most {len(place)} samples"
                )
            place[:count] = value
        return count

    def read(self, slot: int, count: int) -> dict[str, Values]:
        """Copy a batch of `count` samples out of a place."""
        return {name: _copied(shared.array[slot, :count]) for name, shared in self._arrays.items()}


def _copied(array: Values) -> Values:
    copy = aligned_empty(array.shape, array.dtype)
    copy[...] = array
    return copy
