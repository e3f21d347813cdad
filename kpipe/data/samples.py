"""Access to samples, which are kept in memory if they fit and are read again in each epoch otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.aligned_tensor import aligned_tensor, aligned_zeros
from kpipe.data.cores import cores
from kpipe.data.dataset import Indices
from kpipe.data.reader import Reader

Values = npt.NDArray[Any]
Say = Callable[[str], None]

#: Most bytes and samples of a chunk that is read at once.
CHUNK_BYTES, CHUNK_SAMPLES = 16 * 2**20, 4096

#: Fewest chunks per core when all samples are read into memory.
_CHUNKS_PER_CORE = 8


def silent(line: str) -> None:
    """Ignore a line of output."""


class Samples:
    """Samples by index, in the form that the training model receives.

    Args:
        reader: the reader of the samples.
        parts: the indices that are used, keyed by part name.
        memory: GiB that the samples may occupy; if they need more, none are kept in memory.
    """

    def __init__(self, reader: Reader, parts: Mapping[str, Indices], memory: float) -> None:
        self.reader = reader
        self.memory = memory
        self._used = np.sort(np.concatenate([np.asarray(part, np.int64) for part in parts.values()]))
        self._count = int(self._used[-1]) + 1 if len(self._used) else 0
        self.in_memory = self._count * reader.sample_bytes <= memory * 2**30
        self._arrays: dict[str, Values] | None = None
        self._tensors: dict[str, Any] | None = None

    def load(self, say: Say = silent) -> None:
        """Read all samples into memory if they fit and have not been read yet.

        Args:
            say: reports one line to the user.

        Raises:
            DataError: a sample cannot be read.
        """
        if not self.in_memory or self._arrays is not None or self._tensors is not None:
            return
        arrays = self.reader.whole_arrays()
        if arrays is None:
            if any(entry.kind == "image" for entry in self.reader.inputs.values()):
                size = self._count * self.reader.sample_bytes / 2**30
                say(f"reading {self._count:,} samples into memory ({size:.2f} GiB)")
            arrays = self._read_all()
        self._arrays = arrays

    def _read_all(self) -> dict[str, Values]:
        reader = self.reader
        arrays = {
            name: aligned_zeros((self._count, *reader.shape(name)), reader.dtypes[name]) for name in reader.inputs
        }

        def fill(chunk: Indices) -> None:
            for name, values in reader.read(chunk).items():
                arrays[name][chunk] = values

        # Smaller chunks, so that all cores are busy even if there are few samples.
        chunk_samples = math.ceil(len(self._used) / (_CHUNKS_PER_CORE * cores()))
        with ThreadPoolExecutor(cores()) as pool:
            for _ in pool.map(fill, self.chunks(self._used, chunk_samples)):
                pass
        return arrays

    def chunks(self, indices: Indices, max_samples: int = CHUNK_SAMPLES) -> Iterator[Indices]:
        """Yield indices in chunks that are small enough to be read at once."""
        size = int(max(min(CHUNK_BYTES // max(self.reader.sample_bytes, 1), CHUNK_SAMPLES, max_samples), 1))
        for first in range(0, len(indices), size):
            yield indices[first : first + size]

    def read(self, name: str, indices: Indices) -> Values:
        """Return the selected samples of one input."""
        self.load()
        if self._arrays is not None:
            return self._arrays[name][indices]
        if self._tensors is not None:
            # A view, since `Tensor.numpy` would copy all samples.
            view: Values = np.asarray(memoryview(self._tensors[name]))
            return view[indices]
        return self.reader.read(indices)[name]

    def tensors(self) -> dict[str, Any] | None:
        """Return all samples as tensors keyed by input name if they are kept in memory; else None."""
        self.load()
        if self._arrays is not None:
            self._tensors = {name: aligned_tensor(values) for name, values in self._arrays.items()}
            self._arrays = None
        return self._tensors
