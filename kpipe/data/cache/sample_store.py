"""Decoded samples by index, which are decoded once and kept, or decoded whenever they are read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kpipe.cache_folder import cache_folder
from kpipe.data.cache.cache_space import is_writable, make_room
from kpipe.data.cache.disk_cache import DiskCache, Put
from kpipe.data.cache.sample_key import sample_key
from kpipe.data.cache.sample_layout import SampleLayout
from kpipe.data.cores import cores
from kpipe.data.dataset import Indices
from kpipe.data.reader import Reader
from kpipe.data.workers.shared_array import SharedArray
from kpipe.errors import ArgumentError
from kpipe.messages.escaped import escaped

Values = npt.NDArray[Any]
Say = Callable[[str], None]
CacheMode = Literal["auto", "memory", "disk", "none"]

#: Most bytes and samples of a chunk that is read at once.
CHUNK_BYTES, CHUNK_SAMPLES = 16 * 2**20, 4096

#: Fewest chunks per core when all samples are decoded.
_CHUNKS_PER_CORE = 8

#: The part of the disk space, free or occupied by caches, that caches occupy unless they are demanded.
_SHARE = 0.5


def silent(line: str) -> None:
    """Ignore a line of output."""


class SampleStore:
    """Samples of a reader by index, for the training and, since it can be pickled, for its worker processes.

    What is kept is what `Reader.read` returns: decoded and resized, before augmentation. Worker processes map what is
    kept without a copy, and receive the reader only if nothing is kept. Of a cache on disk, nothing occupies anonymous
    memory: the system loads its pages, and drops them where memory is needed. Tables are then kept in memory.

    Args:
        reader: the reader of the samples.
        parts: the indices that are used, keyed by part name.
        memory: GiB that the samples may occupy in memory, default 1.
        cache: where samples are kept: `memory`; `disk`, for image files; `none`, so that they are read again in each
            epoch; `auto` (default), which is `memory` if they fit, else `disk` if they are decoded from image files
            and need at most half of the disk space that is free or occupied by caches, else `none`.
        folder: the folder of all caches on disk; by default `samples` in kpipe's cache folder.

    Attributes:
        mode: where samples are kept: `memory`, `disk` or `none`; `load` changes it where `auto` finds no disk space.
        sample_bytes: mean number of bytes of a sample.

    Raises:
        ArgumentError: the samples do not fit into `memory`, or `disk` and no image files.

    Example:
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> dataset = ArrayDataset({"x": {"train": np.eye(3, dtype="float32")}}, {}, {})
        >>> store = SampleStore(Reader(dataset, {}, {}), dataset.parts)
        >>> store.load()
        >>> store.read(np.array([2, 0]))["x"].tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        reader: Reader,
        parts: Mapping[str, Indices],
        memory: float = 1.0,
        cache: CacheMode = "auto",
        folder: Path | None = None,
    ) -> None:
        self.reader: Reader | None = reader
        self._used = np.sort(np.concatenate([np.asarray(part, np.int64) for part in parts.values()]))
        self._count = int(self._used[-1]) + 1 if len(self._used) else 0
        self._layouts = {name: self._layout(reader, name, self._count) for name in reader.forms}
        self._buffers: dict[str, Values] = {}
        self._folder = folder or cache_folder() / "samples"
        self._disk: DiskCache | None = None
        self._is_optional = cache == "auto"
        self._size = sum(layout.nbytes for layout in self._layouts.values())
        self.sample_bytes = self._size / max(self._count, 1)
        self.mode = self._mode(reader, memory, cache)

    @staticmethod
    def _layout(reader: Reader, name: str, count: int) -> SampleLayout:
        shape, dtype = reader.forms[name]
        return SampleLayout(shape, dtype, count, reader.dataset.image_sizes(name) if None in shape else None)

    def _mode(self, reader: Reader, memory: float, cache: CacheMode) -> Literal["memory", "disk", "none"]:
        fits = self._size <= memory * 2**30
        if cache == "memory" and not fits:
            raise ArgumentError(
                "cache",
                f"the decoded samples do not fit into memory; expected at most {memory:g} GiB (data.memory), got "
                f"{self._size / 2**30:.2f} GiB; increase data.memory, or set data.cache to disk or none",
            )
        if cache == "disk" and not _decoded_inputs(reader):
            raise ArgumentError(
                "cache",
                "the source does not decode image files, so there is nothing to keep on disk; expected auto, memory or "
                "none, got disk",
            )
        if cache == "auto":
            return "memory" if fits else "disk" if _decoded_inputs(reader) else "none"
        return cache

    @property
    def kept_bytes(self) -> int:
        """The bytes that the samples occupy in memory once they are loaded."""
        return self._size if self.mode == "memory" else 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "reader": None if self._buffers else self.reader, "_disk": None}

    def load(self, say: Say = silent, write: bool = True) -> None:
        """Decode all samples and keep them, unless that was done before or nothing is kept.

        Args:
            say: reports one line to the user.
            write: whether to write a cache on disk if there is none, default true; it does not pay for a single pass.

        Raises:
            DataError: a sample cannot be read, or the cache on disk cannot be written.
        """
        if self._buffers or self.reader is None:
            return
        if self.mode == "memory":
            self._buffers = self._in_memory(self.reader, say)
        elif self.mode == "disk":
            self._buffers = self._on_disk(self.reader, say, write)

    def _in_memory(self, reader: Reader, say: Say) -> dict[str, Values]:
        arrays = reader.whole_arrays()
        if arrays is not None:
            return {name: _shared(values[: self._count]) for name, values in arrays.items()}
        tables = reader.whole_tables(lambda: self.chunks(self._used))
        if tables is not None:
            return {name: values[: self._count].reshape(-1) for name, values in tables.items()}
        if any(entry.kind == "image" for entry in reader.inputs.values()):
            say(f"reading {self._count:,} samples into memory ({self._size / 2**30:.2f} GiB)")
        buffers = {name: SharedArray((layout.length,), layout.dtype).array for name, layout in self._layouts.items()}
        self._decode(
            reader,
            self._used,
            lambda name, indices, values: self._layouts[name].write(buffers[name], indices, values),
        )
        return buffers

    def _on_disk(self, reader: Reader, say: Say, write: bool) -> dict[str, Values]:
        names = _decoded_inputs(reader)
        # All samples, not only those of the parts, so that all runs of the same data share them.
        every = np.unique(np.concatenate([self._used, *reader.dataset.parts.values()]))
        layouts = {name: self._layout(reader, name, int(every[-1]) + 1) for name in names}
        cache = self._disk = self._disk or DiskCache(self._folder, sample_key(reader, names), layouts)
        buffers = cache.maps()
        if buffers is None and write and self._has_room(cache, say):
            size = cache.nbytes / 2**30
            say(f"writing {len(every):,} decoded samples to the cache in {escaped(str(self._folder))} ({size:.2f} GiB)")
            buffers = cache.write(lambda put: self._decode(reader, every, put, names), say)
        if buffers is None:
            return {}
        self._layouts.update(layouts)
        for name in self._layouts.keys() - layouts.keys():
            buffers[name] = SharedArray((self._layouts[name].length,), self._layouts[name].dtype).array
            for chunk in self.chunks(self._used):
                self._layouts[name].write(buffers[name], chunk, reader.read_table(name, chunk))
        return buffers

    def _has_room(self, cache: DiskCache, say: Say) -> bool:
        """Remove older caches if necessary; with `auto`, keep nothing if that is not enough."""
        if not self._is_optional:
            make_room(cache.folder, cache.nbytes, 1.0)
            return True
        reason = "" if is_writable(cache.folder) else "cannot be written"
        if not reason and not make_room(cache.folder, cache.nbytes, _SHARE):
            reason = f"has too little space for {cache.nbytes / 2**30:.2f} GiB"
        if reason:
            say(f"the samples are decoded in each epoch: they exceed data.memory, and {cache.folder} {reason}")
            self.mode = "none"
        return not reason

    def _decode(self, reader: Reader, indices: Indices, put: Put, names: Sequence[str] = ()) -> None:
        """Read samples in all cores, and store those of some inputs, by default of all."""

        def read(chunk: Indices) -> None:
            for name, values in reader.read(chunk).items():
                if name in (names or self._layouts):
                    put(name, chunk, values)

        # Smaller chunks, so that all cores are busy even if there are few samples.
        chunk_samples = math.ceil(len(indices) / (_CHUNKS_PER_CORE * cores()))
        with ThreadPoolExecutor(cores()) as pool:
            try:
                for _ in pool.map(read, self.chunks(indices, chunk_samples)):
                    pass
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

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


def _decoded_inputs(reader: Reader) -> list[str]:
    """Return the inputs that are decoded from image files; none if there are others than these and tables."""
    inputs = reader.dataset.inputs
    decoded = [name for name in inputs if reader.dataset.image_stamps(name) is not None]
    return decoded if all(name in decoded or entry.kind == "table" for name, entry in inputs.items()) else []
