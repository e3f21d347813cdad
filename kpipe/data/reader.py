"""The work done on samples before they meet the model: read, resize, code, check; in NumPy."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cores import cores
from kpipe.data.dataset import Dataset, Indices, Input
from kpipe.data.prepare.resize import Resize
from kpipe.data.table_coding import TableCoding
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped

Values = npt.NDArray[Any]

_INT32 = np.iinfo(np.int32)

#: Raw bytes that are read at once, unless a single sample has more.
RAW_BYTES = 16 * 2**20
_LARGE = threading.BoundedSemaphore(cores())


class Reader:
    """Samples as the training model receives them. `read` may be called by several threads at once.

    Args:
        dataset: the opened source.
        resizes: keyed by input name, where there is a Resize.
        codings: keyed by input name, for every table.
        prepared: names of the inputs that have further preparations.

    Attributes:
        inputs: by name, as the training model receives them: float32, or int32 for integers of at most one
            axis that no preparation touches, such as the ids of an Embedding.
        dtypes: by name, NumPy's type of the batches: as `inputs`, but bytes, and images of 16 bits, stay what they
            are on the way.
    """

    def __init__(
        self,
        dataset: Dataset,
        resizes: Mapping[str, Resize],
        codings: Mapping[str, TableCoding],
        prepared: frozenset[str] = frozenset(),
    ) -> None:
        self.dataset = dataset
        self._resizes = dict(resizes)
        self._codings = dict(codings)
        self.inputs: dict[str, Input] = {}
        self.dtypes: dict[str, str] = {}
        for name, entry in dataset.inputs.items():
            self.inputs[name] = self._received(entry, name in prepared)
            stays = entry.dtype == "uint8" or (entry.dtype == "uint16" and entry.kind == "image")
            self.dtypes[name] = entry.dtype if stays and name not in self._resizes else self.inputs[name].dtype

    def _received(self, entry: Input, prepared: bool) -> Input:
        shape = entry.shape
        if entry.name in self._resizes:
            resize = self._resizes[entry.name]
            shape = (resize.height, resize.width, shape[2])
        if None in shape:
            raise DataError(
                f"the images of input {entry.name!r} differ in size; write Resize first in data.prepare, such as "
                f"Resize: {{height: 224, width: 224}}"
            )
        whole = np.issubdtype(np.dtype(entry.dtype), np.integer) and entry.dtype != "uint8"
        ids = whole and entry.kind == "array" and len(shape) <= 1 and not prepared
        return Input(entry.name, entry.kind, shape, "int32" if ids else "float32", entry.columns)

    @property
    def sample_bytes(self) -> int:
        """What a sample takes in memory, in bytes."""
        return sum(math.prod(self.shape(name)) * np.dtype(self.dtypes[name]).itemsize for name in self.inputs)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of one sample of an input as the training model receives it."""
        return tuple(int(size) for size in self.inputs[name].shape if size is not None)

    def read(self, indices: Indices) -> dict[str, Values]:
        """Some samples, keyed by input name, of the types in `dtypes`.

        Raises:
            DataError: a sample cannot be read, or contains a number that the model cannot take.
        """
        sizes = np.cumsum(self.dataset.raw_bytes(indices)) if self._resizes and len(indices) else np.zeros(1)
        if sizes[-1] <= RAW_BYTES:
            return self._read(indices)
        # Large before Resize: in the whole process, as many pieces at a time as there are cores.
        pieces: list[dict[str, Values]] = []
        for piece in _pieces(indices, sizes):
            with _LARGE:
                pieces.append(self._read(piece))
        return {name: np.concatenate([values[name] for values in pieces]) for name in self.inputs}

    def _read(self, indices: Indices) -> dict[str, Values]:
        raw = self.dataset.read(indices)
        return {name: self._convert(name, raw[name], indices) for name in self.inputs}

    def whole(self) -> dict[str, Values] | None:
        """All samples, where the dataset has them as arrays and their shape stays; else None.

        Raises:
            DataError: as `read`.
        """
        arrays = None if self._resizes or self._codings else self.dataset.arrays()
        if arrays is None:
            return None
        return {name: self._convert(name, arrays[name], np.arange(len(arrays[name]))) for name in self.inputs}

    def _convert(self, name: str, raw: Any, indices: Indices) -> Values:
        if name in self._resizes:
            raw = self._resizes[name].images(raw)
        elif name in self._codings:
            raw = self._codings[name].code(raw)
        source = np.asarray(raw)
        dtype = self.dtypes[name]
        if dtype == "int32":
            self._check_range(name, source, indices)
        with np.errstate(over="ignore"):
            values = source.astype(dtype, copy=False)
        if source.dtype.kind == "f":
            self._check_finite(name, values, indices)
        return values

    def _sample(self, index: np.int64) -> str:
        return escaped(self.dataset.sample_name(int(index)))

    def _check_finite(self, name: str, values: Values, indices: Indices) -> None:
        # A finite sum has finite terms; only another one is examined term by term.
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(values.sum()) or np.isfinite(values).all():
                return
        rows = values.reshape(len(values), -1)
        row, position = (int(entry) for entry in np.argwhere(~np.isfinite(rows))[0])
        columns = self.inputs[name].columns
        place = f"column {columns[position].name!r}" if columns else f"value {position} of the sample"
        raise DataError(
            f"{self._sample(indices[row])}: input {name!r} contains {rows[row, position]} as float32 "
            f"({place}); fill in or remove what is missing, and bring numbers beyond 3.4e38 into range"
        )

    def _check_range(self, name: str, values: Values, indices: Indices) -> None:
        if not values.size or (values.max() <= _INT32.max and values.min() >= _INT32.min):
            return
        rows = values.reshape(len(values), -1)
        row, position = (int(e) for e in np.argwhere((rows > _INT32.max) | (rows < _INT32.min))[0])
        raise DataError(
            f"{self._sample(indices[row])}: input {name!r} contains the integer "
            f"{rows[row, position]}; integers reach the model as int32, from {_INT32.min} to {_INT32.max}: "
            f"renumber them in the file, or store them as floats if they are quantities"
        )


def _pieces(indices: Indices, sizes: npt.NDArray[Any]) -> Iterator[Indices]:
    """Samples in pieces of at most `RAW_BYTES`, or of one sample; `sizes` are summed up."""
    first, before = 0, 0
    while first < len(indices):
        end = max(int(np.searchsorted(sizes, before + RAW_BYTES, side="right")), first + 1)
        yield indices[first:end]
        first, before = end, int(sizes[end - 1])
