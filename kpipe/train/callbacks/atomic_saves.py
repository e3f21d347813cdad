"""Atomic replacement of the model files that callbacks save."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import keras

from kpipe.atomic import save

_METHODS = ("save", "save_weights")


@contextmanager
def atomic_saves(model: keras.Model) -> Iterator[None]:
    """Make `model.save` and `model.save_weights` atomic within the block, by a temporary file that is renamed.

    Keras' ModelCheckpoint overwrites its file in place, so that an error leaves an invalid file.

    Args:
        model: the model that callbacks save.

    Example:
        >>> import tempfile
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> folder = Path(tempfile.mkdtemp())
        >>> with atomic_saves(model):
        ...     model.save_weights(folder / "m.weights.h5")
        >>> [path.name for path in folder.iterdir()]
        ['m.weights.h5']
    """
    for name in _METHODS:
        vars(model)[name] = partial(_save_atomically, getattr(model, name))
    try:
        yield
    finally:
        for name in _METHODS:
            vars(model).pop(name, None)


def _save_atomically(method: Callable[..., Any], filepath: Any, overwrite: bool = True, **options: Any) -> None:
    path = Path(filepath)
    is_one_file = path.suffix in (".keras", ".h5") and "://" not in str(filepath) and "max_shard_size" not in options
    if not is_one_file or path.is_dir() or (not overwrite and path.exists()):
        method(filepath, overwrite=overwrite, **options)
        return

    def write(temporary: Path) -> None:
        if path.suffix == ".keras":
            method(temporary, overwrite=True, **options)
        else:
            temporary.write_bytes(_hdf5(method, path, options))

    try:
        save(path, write)
    except OSError as error:
        # Otherwise the message would contain the temporary path.
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _hdf5(method: Callable[..., Any], path: Path, options: dict[str, Any]) -> bytes:
    """Return the contents of an HDF5 file, written in memory, since HDF5 ends the process if the disk is full."""
    buffer = _Buffer(path)
    if path.name.endswith(".weights.h5"):
        method(buffer, overwrite=True, **options)
    else:
        with _File(buffer, "w") as file:
            file.path = path
            method(file, overwrite=True, **options)
    return buffer.getvalue()


class _Buffer(io.BytesIO):
    """A buffer from whose string Keras infers the file format."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def __str__(self) -> str:
        return str(self._path)


class _File(h5py.File):  # type: ignore[misc,unused-ignore]
    """An HDF5 file from whose string Keras infers the file format."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)
