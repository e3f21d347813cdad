"""Objects on their way to several workers, without a copy of their arrays for each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.child_processes.packed import Packed, pack
from kpipe.data.workers.shared_array import SharedArray, is_plain

#: Bytes from which an array is shared; a smaller one is copied to each worker.
_SHARED_BYTES = 2**16


def shared_pack(value: Any) -> Packed:
    """Pickle a value for several child processes; its large arrays are shared by all of them, and read-only there.

    An array in memory is copied once, unless a `SharedArray` has it; a file that is mapped is mapped again.

    Raises:
        UnsendableError: it contains a class or a function of the main module.
        OSError: no memory for the copy.
        Exception: whatever pickle raises for an object that cannot be pickled.
    """
    return pack(value, _reduced)


def _reduced(value: Any) -> Any:
    if not isinstance(value, np.ndarray) or value.nbytes < _SHARED_BYTES or not is_plain(value.dtype):
        return NotImplemented
    return _read_only, (SharedArray.of(np.asarray(value)),)


def _read_only(shared: SharedArray) -> npt.NDArray[Any]:
    array = shared.array.view()
    array.flags.writeable = False
    return array
