"""Reading of samples in the form that the model receives: resized, encoded and checked, in NumPy."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cores import cores
from kpipe.data.dataset import Dataset, Indices, Input
from kpipe.data.encoding.table_coding import TableCoding
from kpipe.data.evaluation import Evaluation, as_batch
from kpipe.data.number_error import NumberError
from kpipe.data.prepare.resize import Resize
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped

Values = npt.NDArray[Any]

_INT32 = np.iinfo(np.int32)

#: Raw bytes that are read at once, unless a single sample has more.
RAW_BYTES = 16 * 2**20
#: The largest height and width of `Resize` that is advised, and what they are multiples of.
_USUAL_SIDE, _SIDE_STEP = 224, 16
_LARGE_READS = threading.BoundedSemaphore(cores())


class Reader:
    """A thread-safe reader of samples in the form that the training model receives.

    Args:
        dataset: the opened source.
        resizes: the `Resize` preparations, keyed by input name.
        codings: the codings of all tables, keyed by input name.
        prepared: names of the inputs that have further preparations.
        evaluations: the transforms of images in an evaluation, keyed by input name. `read` does not apply them.
        with_missing: names of the inputs whose missing values, NaN, are filled by a preparation.

    Attributes:
        inputs: the inputs of the training model, keyed by name: int32 for integer arrays with at most one axis per
            sample and no preparation, such as the ids for an `Embedding`; else float32.
        dtypes: the NumPy types of the batches, keyed by input name: those of `inputs`, except for uint8 arrays and
            uint16 images, which keep their type.
    """

    def __init__(
        self,
        dataset: Dataset,
        resizes: Mapping[str, Resize],
        codings: Mapping[str, TableCoding],
        prepared: frozenset[str] = frozenset(),
        evaluations: Mapping[str, Evaluation] | None = None,
        with_missing: frozenset[str] = frozenset(),
    ) -> None:
        self.dataset = dataset
        self._with_missing = with_missing
        self.evaluations = dict(evaluations or {})
        self._resizes = dict(resizes)
        self._codings = dict(codings)
        self.inputs: dict[str, Input] = {}
        self.dtypes: dict[str, str] = {}
        self._decoded: dict[str, tuple[tuple[int | None, ...], str]] = {}
        for name, entry in dataset.inputs.items():
            self.inputs[name] = self._received(entry, name in prepared)
            is_compact = entry.dtype == "uint8" or (entry.dtype == "uint16" and entry.kind == "image")
            dtype = entry.dtype if is_compact and name not in self._resizes else self.inputs[name].dtype
            self._decoded[name] = (self._decoded_shape(entry), dtype)
            evaluation = self.evaluations.get(name)
            self.dtypes[name] = dtype if evaluation is None or evaluation.keeps_type else "float32"

    def _decoded_shape(self, entry: Input) -> tuple[int | None, ...]:
        if entry.name not in self._resizes:
            return entry.shape
        resize = self._resizes[entry.name]
        return (resize.height, resize.width, entry.shape[2])

    def _received(self, entry: Input, prepared: bool) -> Input:
        shape = self._decoded_shape(entry)
        if entry.name in self.evaluations:
            shape = self.evaluations[entry.name].shape(shape)
        if None in shape:
            raise DataError(self._other_sizes(entry.name))
        is_integer = np.issubdtype(np.dtype(entry.dtype), np.integer) and entry.dtype != "uint8"
        has_ids = is_integer and entry.kind == "array" and len(shape) <= 1 and not prepared
        return Input(entry.name, entry.kind, shape, "int32" if has_ids else "float32", entry.columns)

    def _other_sizes(self, name: str) -> str:
        """Return the message about images of different sizes, with a size that suits most of them."""
        sizes = self.dataset.image_sizes(name)
        least, most = (f"{height} x {width}" for height, width in (sizes.min(axis=0), sizes.max(axis=0)))
        # Smaller images are enlarged; larger ones than usual cost memory and time.
        side = min(_USUAL_SIDE, int(np.median(sizes.min(axis=1))))
        side = max(side // _SIDE_STEP * _SIDE_STEP, min(side, _SIDE_STEP))
        return (
            f"the images of input {name!r} differ in size, from {least} to {most}; resize all of them, such as by "
            f"Resize: {{height: {side}, width: {side}}}, as the first preparation in data.prepare, or, if data.augment "
            f"crops the training images, transform the others under data.evaluate.transform, such as SmallestMaxSize: "
            f"{{max_size: {side * 8 // 7}}}, CenterCrop: {{height: {side}, width: {side}}}"
        )

    @property
    def forms(self) -> dict[str, tuple[tuple[int | None, ...], str]]:
        """The shape of one sample and the type of what `read` returns, keyed by input name; None: sizes differ."""
        return dict(self._decoded)

    def evaluated(self, name: str, decoded: Any) -> Values:
        """Return decoded samples of an input as an evaluation uses them, as one array.

        Args:
            name: the input name.
            decoded: what `read` returns.
        """
        evaluation = self.evaluations.get(name)
        values: Values = np.asarray(decoded) if evaluation is None else as_batch(evaluation, decoded)
        return values

    def identity(self, name: str) -> dict[str, Any]:
        """Return what, besides its files, determines the samples of an input, as a JSON-serializable dict."""
        resize = self._resizes.get(name)
        return {
            "shape": list(self.forms[name][0]),
            "dtype": self.forms[name][1],
            "resize": resize.arguments() if resize else None,
        }

    def read_table(self, name: str, indices: Indices) -> Values:
        """Return the selected samples of a table, without decoding images."""
        values: Values = self._convert(name, self.dataset.rows(name, indices), indices)
        return values

    @property
    def sample_bytes(self) -> int:
        """The number of bytes per sample in memory."""
        return sum(math.prod(self.shape(name)) * np.dtype(self.dtypes[name]).itemsize for name in self.inputs)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of one sample of an input of the training model."""
        return tuple(int(size) for size in self.inputs[name].shape if size is not None)

    def read(self, indices: Indices) -> dict[str, Any]:
        """Return the selected samples, keyed by input name, in the `forms`; a list of images if their sizes differ.

        Raises:
            DataError: a sample cannot be read, or contains a number that is not finite or out of range.
        """
        sizes = np.cumsum(self.dataset.raw_bytes(indices)) if self.is_resized and len(indices) else np.zeros(1)
        if sizes[-1] <= RAW_BYTES:
            return self._read(indices)
        # Images that are large before Resize: limit the chunks in memory to one per core in the whole process.
        chunks: list[dict[str, Any]] = []
        for chunk in _chunks(indices, sizes):
            with _LARGE_READS:
                chunks.append(self._read(chunk))
        return {name: _joined([values[name] for values in chunks]) for name in self.inputs}

    @property
    def is_resized(self) -> bool:
        """Whether images are resized when they are read, or transformed for an evaluation."""
        return bool(self._resizes or self.evaluations)

    def _read(self, indices: Indices) -> dict[str, Any]:
        raw = self.dataset.read(indices)
        return {name: self._convert(name, raw[name], indices) for name in self.inputs}

    def whole_arrays(self) -> dict[str, Values] | None:
        """Return all samples keyed by input name if the dataset has them as arrays of their final shape; else None.

        Raises:
            NumberError: a sample contains a number that is not finite or out of range.
        """
        arrays = None if self._resizes or self._codings else self.dataset.arrays()
        if arrays is None:
            return None
        return {name: self._convert(name, arrays[name], np.arange(len(arrays[name]))) for name in self.inputs}

    def whole_tables(self, chunks: Callable[[], Iterable[Indices]]) -> dict[str, Values] | None:
        """Return all samples keyed by input name if all inputs are tables that the dataset has as arrays; else None.

        Args:
            chunks: returns the indices of the samples to check, in pieces that are small enough to be read at once.

        Raises:
            NumberError: a sample contains a number that is not finite or out of range.
        """
        found = {name: self.dataset.float32_table(name) for name in self.inputs if name in self._codings}
        tables = {name: values for name, values in found.items() if values is not None}
        if len(tables) < len(self.inputs):
            return None
        for name, values in tables.items():
            for chunk in chunks():
                self._check_finite(name, values[chunk], chunk)
        return tables

    def _convert(self, name: str, raw: Any, indices: Indices) -> Any:
        if None in self._decoded[name][0]:
            return list(raw)
        if name in self._resizes:
            raw = self._resizes[name].images(raw)
        elif name in self._codings:
            raw = self._codings[name].code(raw)
        source = np.asarray(raw)
        dtype = self._decoded[name][1]
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
        # If the sum is finite, all terms are; only otherwise is each term checked.
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(values.sum()) or np.isfinite(values).all():
                return
        rows = values.reshape(len(values), -1)
        invalid = np.argwhere(np.isinf(rows) if name in self._with_missing else ~np.isfinite(rows))
        if not len(invalid):
            return
        row, position = (int(entry) for entry in invalid[0])
        remedy = (
            "fill missing values by Impute in data.prepare"
            if np.isnan(rows[row, position])
            else "scale numbers above 3.4e38"
        )
        columns = self.inputs[name].columns
        place = f"column {columns[position].name!r}" if columns else f"value {position} of the sample"
        raise NumberError(
            f"{self._sample(indices[row])}: input {name!r} is not finite ({place}); expected a finite float32 number, "
            f"got {rows[row, position]}; {remedy}, or remove the sample"
        )

    def _check_range(self, name: str, values: Values, indices: Indices) -> None:
        if not values.size or (values.max() <= _INT32.max and values.min() >= _INT32.min):
            return
        rows = values.reshape(len(values), -1)
        row, position = (int(entry) for entry in np.argwhere((rows > _INT32.max) | (rows < _INT32.min))[0])
        raise NumberError(
            f"{self._sample(indices[row])}: input {name!r} contains an integer out of range; expected int32, from "
            f"{_INT32.min} to {_INT32.max}, got {rows[row, position]}; renumber the ids in the file, or store "
            "quantities as floats"
        )


def _joined(chunks: list[Any]) -> Any:
    if isinstance(chunks[0], list):
        return [image for chunk in chunks for image in chunk]
    return np.concatenate(chunks)


def _chunks(indices: Indices, sizes: npt.NDArray[Any]) -> Iterator[Indices]:
    """Yield chunks of one sample or of at most `RAW_BYTES`; `sizes` are cumulative."""
    first, before = 0, 0
    while first < len(indices):
        end = max(int(np.searchsorted(sizes, before + RAW_BYTES, side="right")), first + 1)
        yield indices[first:end]
        first, before = end, int(sizes[end - 1])
