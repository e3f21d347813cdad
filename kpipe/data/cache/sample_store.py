"""Decoded samples by index, which are decoded once and kept, or decoded whenever they are read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.data.cache.sample_layout import SampleLayout
from kpipe.data.cores import cores
from kpipe.data.dataset import Indices
from kpipe.data.reader import Reader
from kpipe.data.workers.shared_array import SharedArray

Values = npt.NDArray[Any]
Say = Callable[[str], None]
CacheMode = Literal["auto", "memory", "disk", "none"]

#: Most bytes and samples of a chunk that is read at once.
CHUNK_BYTES, CHUNK_SAMPLES = 16 * 2**20, 4096

#: Fewest chunks per core when all samples are decoded.
_CHUNKS_PER_CORE = 8


def silent(line: str) -> None:
    """Ignore a line of output."""


class SampleStore:
    """Samples of a reader by index, for the training and, since it can be pickled, for its worker processes.

    What is kept is what `Reader.read` returns: decoded and resized, before augmentation. Worker processes map what is
    kept without a copy, and receive the reader only if nothing is kept.

    Args:
        reader: the reader of the samples.
        parts: the indices that are used, keyed by part name.
        memory: GiB that the samples may occupy in memory, default 1.
        cache: where samples are kept, default `auto`.

    Attributes:
        mode: where samples are kept: `memory`, `disk` or `none`.

    Example:
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> dataset = ArrayDataset({"x": {"train": np.eye(3, dtype="float32")}}, {}, {})
        >>> store = SampleStore(Reader(dataset, {}, {}), dataset.parts)
        >>> store.load()
        >>> store.read(np.array([2, 0]))["x"].tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(
        self, reader: Reader, parts: Mapping[str, Indices], memory: float = 1.0, cache: CacheMode = "auto"
    ) -> None:
        self.reader: Reader | None = reader
        self.memory = memory
        self._used = np.sort(np.concatenate([np.asarray(part, np.int64) for part in parts.values()]))
        self._count = int(self._used[-1]) + 1 if len(self._used) else 0
        self._layouts = {
            name: SampleLayout(shape, dtype, self._count, _sizes(reader, name, shape))
            for name, (shape, dtype) in reader.forms.items()
        }
        self._buffers: dict[str, Values] = {}
        size = sum(layout.nbytes for layout in self._layouts.values())
        self.sample_bytes = size / max(self._count, 1)
        self.mode: Literal["memory", "disk", "none"] = "memory" if size <= memory * 2**30 else "none"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "reader": None if self._buffers else self.reader}

    def load(self, say: Say = silent) -> None:
        """Decode all samples and keep them, unless that was done before or nothing is kept.

        Args:
            say: reports one line to the user.

        Raises:
            DataError: a sample cannot be read.
        """
        if self._buffers or self.reader is None or self.mode != "memory":
            return
        arrays = self.reader.whole_arrays()
        if arrays is not None:
            self._buffers = {name: _shared(values[: self._count]) for name, values in arrays.items()}
            return
        if any(entry.kind == "image" for entry in self.reader.inputs.values()):
            size = self._count * self.sample_bytes / 2**30
            say(f"reading {self._count:,} samples into memory ({size:.2f} GiB)")
        self._buffers = self._decoded(self.reader)

    def _decoded(self, reader: Reader) -> dict[str, Values]:
        buffers = {name: SharedArray((layout.length,), layout.dtype).array for name, layout in self._layouts.items()}

        def fill(chunk: Indices) -> None:
            for name, values in reader.read(chunk).items():
                self._layouts[name].write(buffers[name], chunk, values)

        # Smaller chunks, so that all cores are busy even if there are few samples.
        chunk_samples = math.ceil(len(self._used) / (_CHUNKS_PER_CORE * cores()))
        with ThreadPoolExecutor(cores()) as pool:
            for _ in pool.map(fill, self.chunks(self._used, chunk_samples)):
                pass
        return buffers

    def chunks(self, indices: Indices, max_samples: int = CHUNK_SAMPLES) -> Iterator[Indices]:
        """Yield indices in chunks that are small enough to be read at once."""
        size = int(max(min(CHUNK_BYTES // max(self.sample_bytes, 1), CHUNK_SAMPLES, max_samples), 1))
        for first in range(0, len(indices), size):
            yield indices[first : first + size]

    def read(self, indices: Indices) -> dict[str, Any]:
        """Return the selected samples keyed by input name: new arrays (n, ...), or lists of images if sizes differ.

        It may be called by several threads at once. What is kept is only used after `load`.

        Raises:
            DataError: a sample cannot be read, or contains a number that is not finite or out of range.
        """
        if self.reader is not None and not self._buffers:
            return self.reader.read(indices)
        return {name: layout.read(self._buffers[name], indices) for name, layout in self._layouts.items()}

    def read_input(self, name: str, indices: Indices) -> Any:
        """Return the selected samples of one input, in the form of `read`."""
        if name in self._buffers:
            return self._layouts[name].read(self._buffers[name], indices)
        return self.read(indices)[name]

    def arrays(self) -> dict[str, Values] | None:
        """Return views of all samples (n, ...) by input name if `load` keeps them in memory, and sizes are equal."""
        if self.mode != "memory" or not self._buffers:
            return None
        whole = {name: layout.whole(self._buffers[name]) for name, layout in self._layouts.items()}
        found = {name: array for name, array in whole.items() if array is not None}
        return found if len(found) == len(whole) else None


def _shared(values: Values) -> Values:
    shared = SharedArray(values.shape, values.dtype).array
    shared[...] = values
    return shared.reshape(-1)


def _sizes(reader: Reader, name: str, shape: tuple[int | None, ...]) -> npt.NDArray[np.int64] | None:
    return reader.dataset.image_sizes(name) if None in shape else None
