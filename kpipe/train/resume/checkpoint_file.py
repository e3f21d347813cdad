"""One checkpoint as a file: a checksum, a description, and arrays. A damaged file is noticed, never half read."""

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

#: The format that is written. It changes with the content of a file, and where a spec or its data get another
#: meaning: of 1 (version 0.1), the metrics `Precision`, `AUC` and the like were Keras' own.
_FORMAT = 2
_MAGICS = {form: f"kpipe checkpoint {form}\n".encode() for form in (1, _FORMAT)}
_MAGIC = _MAGICS[_FORMAT]
_DIGEST = 32
_PIECE = 1 << 20
#: Types that NumPy's own format forgets; their bits are kept as integers.
_FOREIGN = {"bfloat16": (ml_dtypes.bfloat16, np.uint16)}


def write_checkpoint(path: Path, description: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write a checkpoint; where the old one must survive a kill, `path` is a temporary name.

    The file is a line that names the format, the SHA-256 of the rest, and the rest: the description as JSON behind
    its length in eight bytes, and the arrays in NumPy's format, in the order that the description has.

    Args:
        path: replaced.
        description: plain data for JSON; floats may be infinite or NaN.
        arrays: by name; every element type of NumPy's but objects, and bfloat16.

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
        hashing = _Hashing(file)
        hashing.write(len(head).to_bytes(8, "little") + head)
        for name, array in arrays.items():
            # Not `ascontiguousarray`, which makes a number an array of one.
            plain = np.asarray(array, order="C")
            if name in types:
                plain = plain.view(_FOREIGN[types[name]][1])
            np.lib.format.write_array(hashing, plain, allow_pickle=False)
        file.seek(len(_MAGIC))
        file.write(hashing.digest())


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The description and the arrays of a checkpoint.

    Raises:
        DataError: the file cannot be read, is not a checkpoint, is cut off, or has been changed.
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


class _Hashing:
    """Passes on what is written, and knows its checksum."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self._hash.update(content)
        return self._file.write(content)

    def digest(self) -> bytes:
        return self._hash.digest()
