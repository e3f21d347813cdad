"""Reading of raw samples for `kpipe predict`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.cache_folder import cache_folder
from kpipe.data.csv_format import CsvFormat
from kpipe.data.dataset import Column, Input
from kpipe.data.images.image_file import FORMAT_NAMES, MAX_PIXELS, Pixels, decode, printable
from kpipe.data.images.image_format import ENDINGS, begins_like_image
from kpipe.data.images.system_folder import is_system_folder
from kpipe.data.npz import map_npy, members
from kpipe.data.sources.source import OpenContext
from kpipe.data.sources.table_columns import TableColumns
from kpipe.data.sources.table_file import PARQUET, TEXT, TableFile
from kpipe.data.sources.table_part import read_part
from kpipe.data.sources.unpacked import open_member
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped

Say = Callable[[str], None]


@dataclass(frozen=True)
class Sample:
    """A sample to predict.

    Args:
        name: its file, `file:line`, or its index from 0.
        values: raw values, keyed by input name: an image (height, width, channels), an array, or for a table a mapping
            from column to number or string.
        error: the reason why it cannot be predicted; None if it can.
        raw: the sample with raw values, if an image among `values` is an array of its views; None otherwise.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    raw: Sample | None = None


def read_samples(
    paths: Sequence[Path],
    inputs: Mapping[str, Input],
    say: Say,
    images: Mapping[str, str] | None = None,
    max_pixels: int | None = MAX_PIXELS,
    form: CsvFormat | None = None,
    filled: Collection[str] = (),
) -> Iterator[Sample]:
    """Return the samples in the order of the paths; problems of whole files are raised before the first sample.

    With several paths, a path that cannot be used results in a sample with an error and does not stop the others.

    Args:
        paths: image files, folders of images (searched recursively, in the order of names), `.npy` and `.npz` files,
            CSV and Parquet files, depending on the inputs. Arrays are memory-mapped, and images are decoded one by one.
        inputs: inputs of the model; a variable height or width of images is None.
        say: receives each message.
        images: for each image input, the table column with its file; by default the name of the input.
        max_pixels: maximum number of pixels of an image, by default 100 million; None for a run of kpipe 0.1.0, which
            used the upper 8 bits of images with 16 bits per channel.
        form: the separator and the decimal sign of CSV files; by default commas (tabs in a `.tsv` file) and points.
        filled: names of the inputs whose missing values the model fills.

    Raises:
        DataError: the only path does not exist or has the wrong format, or a column or array is missing or has the
            wrong shape.
    """
    task = _Task(inputs, say, images or {}, max_pixels, form or CsvFormat(), filled)
    if len(paths) == 1:
        return _reader(paths[0], task, several=False)
    return chain.from_iterable([_lenient(path, task) for path in paths])


@dataclass(frozen=True)
class _Task:
    """The arguments of `read_samples` except the paths."""

    inputs: Mapping[str, Input]
    say: Say
    images: Mapping[str, str]
    max_pixels: int | None
    form: CsvFormat
    filled: Collection[str]

    def decode(self, file: Path, entry: Input) -> Pixels:
        """Decode an image file in the same way as for the training.

        Raises:
            DataError: the image cannot be used.
        """
        legacy = self.max_pixels is None
        image = decode(file, entry.shape[2], max_pixels=self.max_pixels or MAX_PIXELS, upper_eight_bits=legacy)
        if image.dtype != entry.dtype:
            trained = 8 * np.dtype(entry.dtype).itemsize
            raise DataError(
                f"{file}: wrong bit depth; expected {trained} bits per channel as in the training, got "
                f"{8 * image.itemsize}; convert the image"
            )
        return image


def _lenient(path: Path, task: _Task) -> Iterator[Sample]:
    try:
        return _reader(path, task, several=True)
    except DataError as error:
        return iter([Sample(str(path), error=_without_path(str(error), path))])


def _without_path(message: str, path: Path) -> str:
    """Return a message about a file without the path at its beginning, which the name of the sample repeats."""
    found = re.match(rf"{re.escape(printable(path))}(?::(?P<line>\d+))?:? ", message)
    if found is None:
        return message
    line = f"line {found['line']}: " if found["line"] else ""
    return line + message[found.end() :]


def _reader(path: Path, task: _Task, several: bool) -> Iterator[Sample]:
    inputs = task.inputs
    if not path.exists():
        raise DataError(f"{printable(path)} does not exist")
    kinds = {entry.kind for entry in inputs.values()}
    ending = "" if path.is_dir() else path.suffix.lower()
    if ending in PARQUET | TEXT and "array" not in kinds:
        return _rows_of_file(path, task)
    if ending in (".npy", ".npz") and "table" not in kinds and (ending == ".npz" or len(inputs) == 1):
        return _arrays(path, task, f"{path}:" if several else "")
    if kinds == {"image"} and len(inputs) == 1 and ending not in (".npy", ".npz", *PARQUET, *TEXT):
        return _images(path, next(iter(inputs.values())), task)
    raise DataError(
        f"{printable(path)}: the model does not accept this file; expected {_expected(inputs, task.images)}"
    )


def _expected(inputs: Mapping[str, Input], images: Mapping[str, str]) -> str:
    first = next(iter(inputs.values()))
    tables = [column.name for entry in inputs.values() for column in entry.columns]
    if tables or (len(inputs) > 1 and all(entry.kind == "image" for entry in inputs.values())):
        paths = [images.get(name, name) for name, entry in inputs.items() if entry.kind == "image"]
        return f"a CSV or Parquet file with the columns {', '.join(map(escaped, [*tables, *paths]))}"
    if len(inputs) > 1:
        return f"an .npz file with the arrays {', '.join(map(escaped, inputs))}"
    if first.kind == "image":
        return f"images: {FORMAT_NAMES} files, folders of them, or arrays in .npy or .npz files"
    return f"arrays of shape {_shape(first.shape)} in .npy or .npz files"


# -- images ------------------------------------------------------------------------------------------------------------


def _images(path: Path, entry: Input, task: _Task) -> Iterator[Sample]:
    files = _image_files(path, task.say) if path.is_dir() else [path]
    return (_decoded(str(file), {entry.name: file}, [entry], {}, task) for file in files)


def _image_files(folder: Path, say: Say) -> list[Path]:
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not _is_hidden(file.relative_to(folder)))
    found = [file for file in files if file.suffix.lower() in ENDINGS or begins_like_image(str(file))]
    if not found:
        raise DataError(f"{printable(folder)} contains no image ({', '.join(sorted(ENDINGS))})")
    if len(found) < len(files):
        count = len(files) - len(found)
        skipped = "1 file that is not an image" if count == 1 else f"{count:,} files that are not images"
        say(f"{printable(folder)}: skipped {skipped}")
    return found


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".") or any(map(is_system_folder, path.parts[:-1]))


def _decoded(
    name: str, files: Mapping[str, Path], entries: Sequence[Input], values: Mapping[str, Any], task: _Task
) -> Sample:
    """A sample with its images decoded, or with an error if an image cannot be used."""
    found = dict(values)
    for entry in entries:
        file = files[entry.name]
        try:
            image = task.decode(file, entry)
        except DataError as error:
            own = str(file) == name
            return Sample(name, error=str(error).removeprefix(f"{printable(file)}: ") if own else str(error))
        if not _matches(image.shape, entry.shape):
            (height, width), expected = image.shape[:2], _shape(entry.shape[:2])
            where = "" if str(file) == name else f"{printable(file)}: "
            return Sample(name, error=f"{where}wrong image size; expected {expected} pixels, got {height} x {width}")
        found[entry.name] = image
    return Sample(name, found)


def _matches(shape: Sequence[int], expected: Sequence[int | None]) -> bool:
    return len(shape) == len(expected) and all(
        size in (given, None) for given, size in zip(shape, expected, strict=True)
    )


def _shape(shape: Sequence[int | None]) -> str:
    return " x ".join("any" if size is None else str(size) for size in shape) or "one number"


# -- rows --------------------------------------------------------------------------------------------------------------


def _rows_of_file(path: Path, task: _Task) -> Iterator[Sample]:
    try:
        return _rows(path, task)
    except DataError as error:
        if path.suffix.lower() != ".txt":
            raise
        # The ending is that of many files that are not tables.
        expected = _expected(task.inputs, task.images)
        raise DataError(f"{error}; a .txt file is read as a CSV file; expected {expected}") from None


def _rows(path: Path, task: _Task) -> Iterator[Sample]:
    inputs, say, images = task.inputs, task.say, task.images
    columns = tuple(column for entry in inputs.values() for column in entry.columns)
    tables = {name: tuple(column.name for column in entry.columns) for name, entry in inputs.items() if entry.columns}
    paths = {name: images.get(name, name) for name, entry in inputs.items() if entry.kind == "image"}
    texts = {*paths.values(), *(column.name for column in columns if column.kind == "categorical")}
    file = TableFile(path, task.form, texts)
    _check_columns(file, [*(column.name for column in columns), *paths.values()], say)
    # No limit on bad rows, because each row and each image is reported separately.
    part = read_part(
        file, TableColumns(columns, {}, {}, tables=tables), OpenContext(say, 1.0, Path(), filled=task.filled)
    )
    files = {name: file.strings(column, verbatim=True) for name, column in paths.items()}
    return _row_samples(file, part, files, paths, task)


def _check_columns(file: TableFile, needed: Sequence[str], say: Say) -> None:
    missing = [name for name in needed if name not in file.names]
    if missing:
        listed = ", ".join(map(repr, missing))
        raise DataError(
            f"{printable(file.path)}: missing column{'s' if len(missing) > 1 else ''} {listed} of the model inputs; "
            f"available: {', '.join(map(repr, file.names))}"
        )
    for name in needed:
        if not file.is_plain(name):
            raise DataError(
                f"{printable(file.path)}: wrong type of column {name!r}; expected numbers or strings, got "
                f"{file.type_of(name)}; convert it"
            )
    extra = [name for name in file.names if name not in needed]
    if extra:
        say(f"{printable(file.path)}: skipped columns that the model does not use: {', '.join(map(escaped, extra))}")


def _row_samples(
    file: TableFile,
    part: Any,
    files: Mapping[str, npt.NDArray[np.object_]],
    paths: Mapping[str, str],
    task: _Task,
) -> Iterator[Sample]:
    inputs = task.inputs
    reasons = {entry.sample: entry.reason for entry in part.bad}
    places = {int(row): place for place, row in enumerate(part.rows)}
    tables = [entry for entry in inputs.values() if entry.kind == "table"]
    columns = [column for entry in tables for column in entry.columns]
    entries = [inputs[name] for name in files]
    for row in range(len(file)):
        name = file.row_name(row)
        empty = [paths[key] for key, column in files.items() if column[row] is None]
        if row not in places or empty:
            yield Sample(name, error=reasons.get(name) or f"column {empty[0]!r} is empty")
            continue
        cells = _cells(columns, part, places[row])
        values = {entry.name: {column.name: cells[column.name] for column in entry.columns} for entry in tables}
        named = {key: file.path.parent / column[row] for key, column in files.items()}
        yield _decoded(name, named, entries, values, task)


def _cells(columns: Sequence[Column], part: Any, place: int) -> dict[str, Any]:
    """Return the values of a row by column."""
    numbers, texts = iter(part.numeric[place]), iter(part.categorical[place])
    return {column.name: next(numbers if column.kind == "numeric" else texts) for column in columns}


# -- arrays ------------------------------------------------------------------------------------------------------------


def _arrays(path: Path, task: _Task, prefix: str) -> Iterator[Sample]:
    inputs = task.inputs
    arrays = {name: _checked(_array(path, name, task), entry, path) for name, entry in inputs.items()}
    if task.max_pixels is not None:
        for name, array in arrays.items():
            _check_depth(path, array, inputs[name])
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{length:,} in {name!r}" for name, length in lengths.items())
        raise DataError(
            f"{printable(path)}: the arrays differ in length; expected equal numbers of samples, got {shown}"
        )
    return _array_samples(arrays, inputs, prefix, task.filled)


def _array(path: Path, name: str, task: _Task) -> npt.NDArray[Any]:
    if path.suffix.lower() == ".npy":
        return map_npy(path)
    found, is_only = members(path), len(task.inputs) == 1
    candidates = [name, *(["x"] if is_only else []), *(found if is_only and len(found) == 1 else [])]
    member = next((entry for entry in candidates if entry in found), None)
    if member is None:
        listed = ", ".join(map(repr, found)) or "no array"
        raise DataError(f"{printable(path)}: missing array {name!r}; available: {listed}")
    return open_member(path, member, OpenContext(task.say, 1.0, cache_folder()))


def _check_depth(path: Path, array: npt.NDArray[Any], entry: Input) -> None:
    depths = ("uint8", "uint16")
    if array.dtype.name in depths and entry.dtype in depths and array.dtype.name != entry.dtype:
        raise DataError(
            f"{printable(path)}: wrong data type; expected {entry.dtype} as in the training, got {array.dtype}; "
            "convert the array"
        )


def _checked(array: npt.NDArray[Any], entry: Input, path: Path) -> npt.NDArray[Any]:
    """An array with a batch axis, and with a last axis of length 1 if the input has one."""
    if _matches(array.shape, entry.shape) and not _matches(array.shape[1:], entry.shape):
        array = array[np.newaxis]
    if array.ndim == len(entry.shape) and array.ndim > 0 and entry.shape[-1] == 1:
        array = array[..., np.newaxis]
    if not _matches(array.shape[1:], entry.shape) or array.ndim == 0:
        raise DataError(
            f"{printable(path)}: wrong array shape; expected samples of {_shape(entry.shape)} along the first axis, "
            f"got {array.shape}"
        )
    if not np.can_cast(array.dtype, entry.dtype, "same_kind"):
        raise DataError(
            f"{printable(path)}: wrong data type; expected {entry.dtype} as in the training, got {array.dtype}; "
            "convert the array"
        )
    return array


def _array_samples(
    arrays: Mapping[str, npt.NDArray[Any]], inputs: Mapping[str, Input], prefix: str, filled: Collection[str]
) -> Iterator[Sample]:
    for index in range(len(next(iter(arrays.values())))):
        raw = {name: np.asarray(array[index]) for name, array in arrays.items()}
        with np.errstate(over="ignore", invalid="ignore"):
            values = {name: value.astype(inputs[name].dtype) for name, value in raw.items()}
        found = {name: _fault(value, values[name], name in filled) for name, value in raw.items()}
        reasons = [f"{name!r} {reason}" for name, reason in found.items() if reason]
        yield Sample(f"{prefix}{index}", {} if reasons else values, "; ".join(reasons) or None)


def _fault(raw: npt.NDArray[Any], value: npt.NDArray[Any], is_filled: bool) -> str | None:
    if not np.isfinite(value[~np.isnan(value)] if is_filled else value).all():
        return "contains a number that is not finite"
    if raw.dtype.kind in "iu" and value.dtype.kind in "iu" and not np.array_equal(raw, value):
        return f"contains an integer outside the range of {value.dtype}"
    return None
