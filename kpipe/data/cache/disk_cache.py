"""Decoded samples in files, which several runs read and one of them writes."""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cache.cache_error import CacheError
from kpipe.data.cache.folder_lock import FolderLock, is_locked
from kpipe.data.cache.sample_layout import SampleLayout
from kpipe.data.dataset import Indices
from kpipe.messages.escaped import escaped

Values = npt.NDArray[Any]
Say = Callable[[str], None]

#: Stores some samples of one input, given by name, indices, and samples in the form of `SampleLayout.read`.
Put = Callable[[str, Indices, Any], None]

#: Seconds between looks at a cache that another run writes.
_INTERVAL = 0.2


class DiskCache:
    """The decoded samples of one key, in a folder of their own below the folder of all caches.

    The folder has its name only when it is complete. Of the runs that find none at the same time, one writes it while
    the others wait; if that one is killed, the next one starts again. A cache in use is not removed by `make_room`.

    Args:
        folder: the folder of all caches; created when first needed, and can be removed at any time.
        key: identifies the samples.
        layouts: of the samples, keyed by input name.

    Example:
        >>> cache = DiskCache(Path("cache"), "key", {"x": SampleLayout((2,), "uint8", 3)})
        >>> cache.maps() is None
        True
    """

    def __init__(self, folder: Path, key: str, layouts: Mapping[str, SampleLayout]) -> None:
        self.folder = folder
        self.nbytes = sum(layout.nbytes for layout in layouts.values())
        self._complete, self._partial = folder / key, folder / f".{key}"
        self._layouts = dict(layouts)
        self._files = {name: f"{position}.values" for position, name in enumerate(layouts)}
        self._lock: FolderLock | None = None

    def maps(self) -> dict[str, Values] | None:
        """Return the mapped values of each input, flat as in `SampleLayout`; None if there is no complete cache."""
        self._lock = self._lock or FolderLock.shared(self._complete)
        if self._lock is None:
            return None
        try:
            if all(self._size(name) == layout.nbytes for name, layout in self._layouts.items()):
                return {name: self._map(name, layout) for name, layout in self._layouts.items()}
        except OSError:
            pass  # somebody has removed files of it
        self._lock.release()
        self._lock = None
        return None

    def _size(self, name: str) -> int:
        return (self._complete / self._files[name]).stat().st_size

    def _map(self, name: str, layout: SampleLayout) -> Values:
        if not layout.length:
            return np.empty(0, layout.dtype)
        return np.memmap(self._complete / self._files[name], layout.dtype, "r", shape=(layout.length,))

    def write(self, fill: Callable[[Put], None], say: Say) -> dict[str, Values]:
        """Return the mapped values like `maps`, after writing them unless another run does so.

        Args:
            fill: stores all samples.
            say: reports one line to the user.

        Raises:
            CacheError: the folder cannot be written, or the disk is full; nothing partial remains.
        """
        while (found := self.maps()) is None:
            try:
                lock = self._own_lock(say)
                if lock is not None:
                    self._write(fill, lock)
            except OSError as error:
                size = math.ceil(self.nbytes / 2**20)
                raise CacheError(
                    f"the decoded samples cannot be cached in {escaped(str(self.folder))}: {error.strerror}; expected "
                    f"{size:,} MiB of free space; free some, or set data.cache to memory or none"
                ) from None
        return found

    def _own_lock(self, say: Say) -> FolderLock | None:
        """Lock the folder in which the files are written; None if another run has completed them meanwhile."""
        lock = FolderLock.exclusive(self._partial, create=True)
        if lock is None:
            say(f"waiting for another run, which writes the same samples to the cache in {escaped(str(self.folder))}")
        while lock is None:
            time.sleep(_INTERVAL)
            if self._complete.exists():
                return None
            lock = FolderLock.exclusive(self._partial, create=True)
        return lock

    def _write(self, fill: Callable[[Put], None], lock: FolderLock) -> None:
        is_complete = False
        try:
            # Another run has just completed it, and its lock goes with the folder that it renamed. Once it is unlocked,
            # a cache that cannot be mapped is missing or damaged; asked in the other order, it could be neither.
            if is_locked(self._complete):
                time.sleep(_INTERVAL)
                return
            if self.maps() is not None:
                return
            shutil.rmtree(self._complete, ignore_errors=True)  # damaged
            with self._opened() as files:
                fill(lambda name, indices, values: self._put(files[name], self._layouts[name], indices, values))
                for descriptor in files.values():
                    os.fsync(descriptor)
            _synchronize(self._partial)
            self._partial.rename(self._complete)
            is_complete = True
            _synchronize(self.folder)
        finally:
            # After the rename, a folder of this name is that of another run.
            if not is_complete:
                shutil.rmtree(self._partial, ignore_errors=True)
            lock.release()

    @contextlib.contextmanager
    def _opened(self) -> Iterator[dict[str, int]]:
        """Yield the descriptors of new files of their final size by input name."""
        with contextlib.ExitStack() as stack:
            files = {}
            for name, layout in self._layouts.items():
                flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC
                files[name] = os.open(self._partial / self._files[name], flags, 0o666)
                stack.callback(os.close, files[name])
                if layout.nbytes and hasattr(os, "posix_fallocate"):
                    # A disk that is too full is found before anything is decoded.
                    os.posix_fallocate(files[name], 0, layout.nbytes)
            yield files

    def _put(self, descriptor: int, layout: SampleLayout, indices: Indices, values: Any) -> None:
        for index, value in zip(indices, values, strict=True):
            start, shape = layout.place(int(index))
            content = np.ascontiguousarray(value, layout.dtype)
            if content.shape != shape:
                raise ValueError(f"sample {index} has shape {content.shape}; expected {shape}")
            _write_all(descriptor, content.reshape(-1).view(np.uint8).data, start * content.itemsize)


def _write_all(descriptor: int, content: memoryview, position: int) -> None:
    while content:
        written = os.pwrite(descriptor, content, position)
        content, position = content[written:], position + written


def _synchronize(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
