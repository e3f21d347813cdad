"""A dataset whose inputs are NumPy arrays, in memory or mapped from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.aligned_tensor import aligned_empty
from kpipe.data.dataset import Dataset, Indices, Input, Target

Values = npt.NDArray[Any]

#: A uint8 array (n, h, w) is a stack of grey images only if w is larger; otherwise w is the number of channels.
MAX_CHANNELS = 4


class ArrayDataset(Dataset):
    """A dataset of arrays, with one array for each part of an input.

    A uint8 array of rank 4 contains images (n, h, w, c). A uint8 array of rank 3 whose last axis is longer than 4
    contains grey images (n, h, w), to which a channel axis is added. An array of rank 1 becomes (n, 1). All other
    arrays are used unchanged, in native byte order.

    Args:
        arrays: the array of each part, keyed by input name and part name.
        targets, labels: as in `Dataset`; the labels of the parts are concatenated in the order of the parts.
        files: the files that contain the inputs, in the form that `Dataset.files` returns.
        rename: whether a single input is called `image` or `x` according to its contents, rather than by its key.
        groups, weights: as in `Dataset`.

    Example:
        >>> dataset = ArrayDataset({"x": {"train": np.zeros((5, 3))}}, {}, {})
        >>> dataset.read(np.array([0, 4]))["x"].shape
        (2, 3)
    """

    def __init__(
        self,
        arrays: Mapping[str, Mapping[str, Values]],
        targets: Mapping[str, Target],
        labels: Mapping[str, Values],
        rename: bool = True,
        files: Sequence[tuple[str, Path]] = (),
        groups: Values | None = None,
        weights: Values | None = None,
    ) -> None:
        self._files = list(files)
        self._segments: dict[str, list[Values]] = {}
        inputs = {}
        for key, parts in arrays.items():
            segments = [_with_channels(array) for array in parts.values()]
            kind = "image" if is_image(segments[0]) else "array"
            name = ("image" if kind == "image" else "x") if rename and len(arrays) == 1 else key
            self._segments[name] = segments
            dtype = segments[0].dtype.newbyteorder("=")
            inputs[name] = Input(name, "image" if kind == "image" else "array", segments[0].shape[1:], dtype.name)
        lengths = {part: len(array) for part, array in next(iter(arrays.values())).items()}
        super().__init__(inputs, targets, labels, consecutive(lengths), groups=groups, weights=weights)
        self._starts = np.cumsum([0, *lengths.values()])

    def read(self, indices: Indices) -> dict[str, Values]:
        """Return the raw inputs of the selected samples; only these rows of a memory-mapped array are read."""
        return {name: self._gather(segments, np.asarray(indices)) for name, segments in self._segments.items()}

    def files(self) -> list[tuple[str, Path]]:
        """Return the files of the arrays."""
        return list(self._files)

    def arrays(self) -> dict[str, Values] | None:
        """Return complete inputs if each is a single array in native byte order; else None."""
        are_single = all(len(segments) == 1 and segments[0].dtype.isnative for segments in self._segments.values())
        return {name: segments[0] for name, segments in self._segments.items()} if are_single else None

    def _gather(self, segments: Sequence[Values], indices: Indices) -> Values:
        dtype = segments[0].dtype.newbyteorder("=")
        if len(segments) == 1:
            return _selected(segments[0], indices, dtype)
        gathered = np.empty((len(indices), *segments[0].shape[1:]), dtype)
        for segment, start in zip(segments, self._starts[:-1], strict=True):
            inside = (indices >= start) & (indices < start + len(segment))
            gathered[inside] = segment[indices[inside] - start]
        return gathered


def _selected(array: Values, indices: Indices, dtype: np.dtype[Any]) -> Values:
    """Return some samples of an array; if possible, as memory that TensorFlow uses without another copy."""
    # NumPy's `take` would first copy a whole array that is not in order or not aligned, as one stored in an npz file.
    if array.dtype != dtype or not (array.flags.c_contiguous and array.flags.aligned) or dtype.hasobject:
        return np.asarray(array[indices], dtype)
    selected = aligned_empty((len(indices), *array.shape[1:]), dtype)
    # With the mode "raise", NumPy would copy twice.
    return np.take(array, indices, axis=0, out=selected, mode="clip")


def consecutive(lengths: Mapping[str, int]) -> dict[str, Indices]:
    """Return the indices of consecutive parts of the given lengths.

    Example:
        >>> {part: indices.tolist() for part, indices in consecutive({"train": 2, "test": 1}).items()}
        {'train': [0, 1], 'test': [2]}
    """
    parts, start = {}, 0
    for part, length in lengths.items():
        parts[part] = np.arange(start, start + length, dtype=np.int64)
        start += length
    return parts


def is_image(array: Values) -> bool:
    """Return whether an array is treated as a stack of images."""
    return array.dtype == np.uint8 and (array.ndim == 4 or (array.ndim == 3 and array.shape[2] > MAX_CHANNELS))


def _with_channels(array: Values) -> Values:
    if array.ndim == 1 or (array.ndim == 3 and is_image(array)):
        return array[..., np.newaxis]
    return array
