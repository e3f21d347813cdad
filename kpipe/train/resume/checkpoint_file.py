"""The file of one checkpoint: a checksum, a description, and arrays. A damaged file is never read in part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import ml_dtypes
import numpy as np
import numpy.typing as npt

from kpipe.errors import DataError
from kpipe.regular_file import irregular

Array = npt.NDArray[Any]

#: The format that is written. It changes with the contents of a file, and when a spec gets another meaning: in format 1
#: (version 0.1), metrics such as `Precision` and `AUC` were those of Keras.
_FORMAT = 2
_MAGICS = {form: f"kpipe checkpoint {form}\n".encode() for form in (1, _FORMAT)}
_MAGIC = _MAGICS[_FORMAT]
_DIGEST = 32
_PIECE = 1 << 20
#: Types that NumPy's file format does not store; their bits are stored as integers.
_FOREIGN = {"bfloat16": (ml_dtypes.bfloat16, np.uint16)}


def write_checkpoint(path: Path, description: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write a checkpoint; pass a temporary path if an old file has to survive a kill.

    The file consists of a line with the format, the SHA-256 of the rest, the length of the description in eight bytes,
    the description as JSON, and the arrays in NumPy's format in the order of the description.

    Args:
        path: the file, which is replaced.
        description: plain data for JSON; floats may be infinite or NaN.
        arrays: the arrays by name; all element types of NumPy except objects, and bfloat16.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "a"
        >>> write_checkpoint(target, {"epoch": 3}, {"weights": np.zeros(2)})
        >>> read_checkpoint(target)
        ({'epoch': 3}, {'weights': array([0., 0.])})
    """
    types = {name: array.dtype.name for name, array in arrays.items() if array.dtype.name in _FOREIGN}
    head = json.dumps({"description": description, "arrays": list(arrays), "types": types}).encode()
    with path.open("wb") as file:
        file.write(_MAGIC + bytes(_DIGEST))
        hashing_file = _HashingFile(file)
        hashing_file.write(len(head).to_bytes(8, "little") + head)
        for name, array in arrays.items():
            # Unlike `ascontiguousarray`, this keeps scalars zero-dimensional.
            plain = np.asarray(array, order="C")
            if name in types:
                plain = plain.view(_FOREIGN[types[name]][1])
            np.lib.format.write_array(hashing_file, plain, allow_pickle=False)
        file.seek(len(_MAGIC))
        file.write(hashing_file.digest())


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the description and the arrays of a checkpoint.

    Raises:
        DataError: the file cannot be read, is not a checkpoint, is truncated, or was changed.
    """
    if kind := irregular(path):
        raise DataError(f"{path} is {kind}; expected a file")
    try:
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) not in _MAGICS.values():
                raise DataError(f"{path} is not a checkpoint of this version of kpipe")
            if file.read(_DIGEST) != _digest(file):
                raise DataError(f"{path} is damaged: its checksum differs")
            file.seek(len(_MAGIC) + _DIGEST)
            head = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            arrays = {}
            for name in head["arrays"]:
                array = np.lib.format.read_array(file, allow_pickle=False)
                arrays[name] = array.view(_FOREIGN[head["types"][name]][0]) if name in head["types"] else array
            return head["description"], arrays
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error


def _digest(file: BinaryIO) -> bytes:
    found = hashlib.sha256()
    while piece := file.read(_PIECE):
        found.update(piece)
    return found.digest()


class _HashingFile:
    """A file that computes the checksum of what is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self._hash.update(content)
        return self._file.write(content)

    def digest(self) -> bytes:
        return self._hash.digest()
