"""The samples of a dataset, held in memory where they fit and read again where they do not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cores import cores
from kpipe.data.dataset import Indices
from kpipe.data.held_tensor import aligned_zeros, held_tensor
from kpipe.data.reader import Reader

Values = npt.NDArray[Any]
Say = Callable[[str], None]

#: Samples are read in pieces of about this size, of at most so many samples.
PIECE_BYTES, PIECE_SAMPLES = 16 * 2**20, 4096

#: Pieces for each core, at least, where samples are read into memory.
_SHARES = 8


def silent(line: str) -> None:
    """Report nothing."""


class Samples:
    """Samples as the training model receives them, by index.

    Args:
        reader: reads them.
        parts: the indices that are used.
        memory: GiB that they may take; nothing is held if they need more.
    """

    def __init__(self, reader: Reader, parts: Mapping[str, Indices], memory: float) -> None:
        self.reader = reader
        self.memory = memory
        self._used = np.sort(np.concatenate([np.asarray(part, np.int64) for part in parts.values()]))
        self._count = int(self._used[-1]) + 1 if len(self._used) else 0
        self.held = self._count * reader.sample_bytes <= memory * 2**30
        self._arrays: dict[str, Values] | None = None
        self._tensors: dict[str, Any] | None = None

    def load(self, say: Say = silent) -> None:
        """Reads all samples into memory, if they are to be held and are not there yet.

        Args:
            say: reports one line to the user.

        Raises:
            DataError: a sample cannot be read.
        """
        if not self.held or self._arrays is not None or self._tensors is not None:
            return
        whole = self.reader.whole()
        if whole is None:
            if any(entry.kind == "image" for entry in self.reader.inputs.values()):
                size = self._count * self.reader.sample_bytes / 2**30
                say(f"reading {self._count:,} samples into memory ({size:.2f} GiB)")
            whole = self._read_all()
        self._arrays = whole

    def _read_all(self) -> dict[str, Values]:
        reader = self.reader
        arrays = {
            name: aligned_zeros((self._count, *reader.shape(name)), reader.dtypes[name]) for name in reader.inputs
        }

        def fill(piece: Indices) -> None:
            for name, values in reader.read(piece).items():
                arrays[name][piece] = values

        with ThreadPoolExecutor(cores()) as pool:
            # Also few samples keep all cores at work.
            for _ in pool.map(fill, self.pieces(self._used, math.ceil(len(self._used) / (_SHARES * cores())))):
                pass
        return arrays

    def pieces(self, indices: Indices, most: int = PIECE_SAMPLES) -> Iterator[Indices]:
        """Indices in pieces that are read at once, of at most so many samples."""
        size = int(max(min(PIECE_BYTES // max(self.reader.sample_bytes, 1), PIECE_SAMPLES, most), 1))
        for first in range(0, len(indices), size):
            yield indices[first : first + size]

    def read(self, name: str, indices: Indices) -> Values:
        """Some samples of one input."""
        self.load()
        if self._arrays is not None:
            return self._arrays[name][indices]
        if self._tensors is not None:
            # A view: `Tensor.numpy` would copy all of it.
            view: Values = np.asarray(memoryview(self._tensors[name]))
            return view[indices]
        return self.reader.read(indices)[name]

    def tensors(self) -> dict[str, Any] | None:
        """All samples as tensors keyed by input name, where they are held; else None."""
        self.load()
        if self._arrays is not None:
            self._tensors = {name: held_tensor(values) for name, values in self._arrays.items()}
            self._arrays = None
        return self._tensors
