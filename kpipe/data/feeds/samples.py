"""Access to samples for the training, with those that are kept in memory as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy.typing as npt

from kpipe.data.aligned_tensor import aligned_tensor
from kpipe.data.cache.sample_store import CHUNK_SAMPLES, CacheMode, SampleStore, Say, silent
from kpipe.data.dataset import Indices
from kpipe.data.reader import Reader

Values = npt.NDArray[Any]


class Samples:
    """Samples by index, in the form that the training model receives.

    Args:
        reader: the reader of the samples.
        parts: the indices that are used, keyed by part name.
        memory: GiB that the samples may occupy in memory.
        cache: where samples are kept, as in `SampleStore`; default `auto`.

    Attributes:
        store: the samples as worker processes read them.
    """

    def __init__(self, reader: Reader, parts: Mapping[str, Indices], memory: float, cache: CacheMode = "auto") -> None:
        self.reader = reader
        self.memory = memory
        self.store = SampleStore(reader, parts, memory, cache)
        self._tensors: dict[str, Any] | None = None

    @property
    def in_memory(self) -> bool:
        """Whether all samples are kept in memory."""
        return self.store.mode == "memory"

    def load(self, say: Say = silent) -> None:
        """Decode all samples and keep them; see `SampleStore.load`."""
        self.store.load(say)

    def chunks(self, indices: Indices, max_samples: int = CHUNK_SAMPLES) -> Iterator[Indices]:
        """Yield indices in chunks that are small enough to be read at once."""
        return self.store.chunks(indices, max_samples)

    def read(self, name: str, indices: Indices) -> Values:
        """Return the selected samples of one input, as an evaluation uses them."""
        self.store.load(write=False)
        return self.reader.evaluated(name, self.store.read_input(name, indices))

    def tensors(self) -> dict[str, Any] | None:
        """Return all samples as tensors keyed by input name if they are kept in memory as they are used; else None."""
        self.store.load(write=False)
        if self.reader.evaluations:
            return None
        arrays = self.store.arrays()
        if arrays is not None and self._tensors is None:
            self._tensors = {name: aligned_tensor(values) for name, values in arrays.items()}
        return self._tensors
