"""An array in memory that processes share."""

from __future__ import annotations

import math
import mmap
import os
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from kpipe.child_processes.anonymous_file import anonymous_file
from kpipe.child_processes.descriptor import Descriptor

Values = npt.NDArray[Any]

#: Kinds of types whose values are their bytes: bool, integers, floats, complex numbers.
_PLAIN = "biufc"
#: The file of each map, and where the map begins in it, so that views of shared memory are not copied again.
_FILES: WeakKeyDictionary[mmap.mmap, tuple[Descriptor, int]] = WeakKeyDictionary()


class SharedArray:
    """An array whose memory child processes map, instead of receiving a copy.

    It is handed over by its file descriptor: as an argument of a `ChildProcess`, or inside of what a `WorkerPool`
    receives. Its file has no name, so nothing remains after a kill, and the size of `/dev/shm` does not matter.

    Args:
        shape: of the array.
        dtype: bool, integer, float or complex.

    Attributes:
        array: the array, zero at first; each process may write to it. It remains valid without this object.

    Raises:
        TypeError: a type whose values are not in its bytes, such as strings or objects.
        OSError: no memory, or no descriptor is left.

    Example:
        >>> shared = SharedArray((2, 3), "float32")
        >>> shared.array[0] = 1
        >>> float(shared.array.sum())
        3.0
    """

    array: Values

    def __init__(self, shape: Sequence[int], dtype: npt.DTypeLike) -> None:
        form = np.dtype(dtype)
        if not is_plain(form):
            raise TypeError(f"values of type {form} cannot be shared; expected bool, integer, float or complex")
        # A map of no bytes is not possible.
        size = max(math.prod(shape) * form.itemsize, 1)
        self._map(Descriptor(anonymous_file("kpipe-array", size)), 0, tuple(shape), None, form, True)

    @classmethod
    def of(cls, array: Values) -> SharedArray:
        """Share the values of an array: of another `SharedArray` or a file that is mapped as they are, else as a copy.

        Raises:
            TypeError, OSError: as the constructor.

        Example:
            >>> whole = SharedArray((4,), "int8")
            >>> SharedArray.of(whole.array[2:]).array[0] = 5
            >>> whole.array.tolist()
            [0, 0, 5, 0]
        """
        if (place := _place(array)) is not None:
            shared = cls.__new__(cls)
            shared._map(*place, array.shape, array.strides, array.dtype, array.flags.writeable)
            return shared
        shared = cls(array.shape, array.dtype)
        shared.array[...] = array
        return shared

    def _map(
        self,
        descriptor: Descriptor,
        offset: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...] | None,
        dtype: np.dtype[Any],
        writable: bool,
    ) -> None:
        memory = mmap.mmap(descriptor.number, 0, access=mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ)
        _FILES[memory] = (descriptor, 0)
        self.array = np.ndarray(shape, dtype, memory, offset, strides)
        self._form = (descriptor, offset, shape, strides, dtype, writable)

    def __reduce__(self) -> tuple[Any, ...]:
        return _mapped, self._form


def is_plain(dtype: np.dtype[Any]) -> bool:
    """Whether values of a type can be shared.

    Example:
        >>> is_plain(np.dtype("uint8")), is_plain(np.dtype("U3")), is_plain(np.dtype(object))
        (True, False, False)
    """
    return dtype.kind in _PLAIN


def _mapped(*form: Any) -> SharedArray:
    shared = SharedArray.__new__(SharedArray)
    shared._map(*form)
    return shared


def _place(array: Values) -> tuple[Descriptor, int] | None:
    """The file that an array is mapped from, and the position of its first value; None for other arrays."""
    owner: Any = array
    file = None
    while isinstance(owner, np.ndarray):
        file = owner if isinstance(owner, np.memmap) else file
        owner = owner.base
    memory = owner.obj if isinstance(owner, memoryview) else owner
    if not isinstance(memory, mmap.mmap) or not is_plain(array.dtype):
        return None
    if memory not in _FILES:
        # A map in mode "c" may have values that its file does not have.
        if file is None or file.filename is None or file.mode == "c":
            return None
        start = file.offset - file.offset % mmap.ALLOCATIONGRANULARITY
        _FILES[memory] = (Descriptor(os.open(file.filename, os.O_RDONLY | os.O_CLOEXEC)), start)
    descriptor, start = _FILES[memory]
    first = int(np.frombuffer(memory, np.uint8, 1).ctypes.data)
    return descriptor, start + int(array.ctypes.data) - first
