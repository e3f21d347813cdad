"""By what a run that is resumed knows its data again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset, Indices
from kpipe.data.samples import Samples

Values = npt.NDArray[Any]
Say = Callable[[str], None]

#: Labels in one piece, bytes of a file in one piece, and samples that are read where not all are.
_PIECE, _BYTES, _SAMPLED = 1 << 20, 1 << 20, 64


class Fingerprint:
    """SHA-256 digests of labels, parts and inputs, in the order of the samples.

    Inputs of at most `data.memory` are hashed whole, as the training model receives them, so that neither the way they
    are stored (compression, quoting, encoding) nor the time of a file matters. Of larger ones it has 64 samples, and
    the relative path, size and time of each file; where these files have at most `data.memory` in all, their contents
    too.

    Args:
        dataset: the opened source.
        parts: indices keyed by part name.
        samples: the samples, loaded already where they are held in memory.
        is_resized: whether images are resized before they are hashed, so that a change of a pixel may not show; their
            files are compared as well then.

    Raises:
        DataError: a sample cannot be read.
    """

    def __init__(
        self, dataset: Dataset, parts: Mapping[str, Indices], samples: Samples, is_resized: bool = False
    ) -> None:
        self._dataset, self._parts, self._samples, self._is_resized = dataset, dict(parts), samples, is_resized
        self._indices = np.sort(np.concatenate(list(self._parts.values())))

    def describe(self) -> dict[str, Any]:
        """All digests as plain data for JSON: `labels`, `parts`, and `samples`, `inputs` and `files` or None."""
        return {
            "labels": self.labels,
            "parts": {name: _digest([indices]) for name, indices in self._parts.items()},
            "samples": None if self._samples.held else self.sampled,
            "inputs": self.inputs if self._samples.held else None,
            "files": self._described_files() if self._is_resized or not self._samples.held else None,
        }

    @cached_property
    def labels(self) -> dict[str, str]:
        """Of each target, all of its labels."""
        return {name: _digest(_pieces(values)) for name, values in self._dataset.labels.items()}

    @cached_property
    def sampled(self) -> dict[str, str]:
        """Of each input, up to 64 samples that are spread evenly."""
        return {name: _digest([values]) for name, values in self._chosen().items()}

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Of each input, all of its samples, read a second time only where they are not held in memory."""
        names = list(self._samples.reader.inputs)
        if self._samples.held:
            pieces = list(self._samples.pieces(self._indices))
            return {name: _digest(self._samples.read(name, piece) for piece in pieces) for name in names}
        hashes = {name: _Hash() for name in names}
        for piece in self._samples.pieces(self._indices):
            for name, values in self._samples.reader.read(piece).items():
                hashes[name].update(values)
        return {name: found.hexdigest() for name, found in hashes.items()}

    def of_format_1(self) -> str:
        """The only digest of kpipe 0.1: of all labels and of the 64 samples."""
        found = hashlib.sha256()
        for name, labels in sorted(self._dataset.labels.items()):
            found.update(f"{name} {labels.shape} {labels.dtype}".encode())
            for piece in _pieces(labels):
                found.update(piece.tobytes() if piece.dtype.kind != "O" else repr(piece.tolist()).encode())
        for name, values in sorted(self._chosen().items()):
            found.update(f"{name} {values.shape} {values.dtype}".encode() + np.ascontiguousarray(values).tobytes())
        return found.hexdigest()

    def differences(self, before: Mapping[str, Any], say: Say) -> list[str]:
        """In what the data differ from those of an earlier start.

        Args:
            before: what `describe` returned then.
            say: receives a line where only a part of the inputs was compared.
        """
        parts = {name: _digest([indices]) for name, indices in self._parts.items()}
        found = [f"target {name!r}: its labels" for name in _unequal(before["labels"], self.labels)]
        found += [f"the {name} part: which samples it has" for name in _unequal(before["parts"], parts)]
        if before["inputs"] is not None:
            found += [f"input {name!r}: its values" for name in _unequal(before["inputs"], self.inputs)]
            # All values were compared, so that nothing need be reported of files whose contents are not known.
            return found or self._file_differences(before["files"], lambda line: None)
        changed = [f"input {name!r}: values of its samples" for name in _unequal(before["samples"], self.sampled)]
        return found + (changed or self._file_differences(before["files"], say))

    def _file_differences(self, before: Mapping[str, Any] | None, say: Say) -> list[str]:
        now = self._described_files(contents=False)
        count = f"{min(len(self._indices), _SAMPLED)} of {len(self._indices):,} samples were compared"
        if before is None or now is None:
            say(
                f"the inputs are larger than data.memory: {count}, and they are equal; an edit of another one may be "
                "missed, and a run that begins with a larger data.memory compares all"
            )
            return []
        if before["names"] != now["names"]:
            sizes = " -> ".join(f"{entry['count']:,} files of {entry['bytes']:,} bytes" for entry in (before, now))
            return [f"the files of the inputs: {sizes}, or other names or sizes"]
        if before["times"] == now["times"]:
            return []
        if before["contents"] is None:
            say(
                f"files of the inputs were written again since the run began, with the same sizes: {count}, and an "
                "edit of another one may be missed; a run that begins with a larger data.memory compares all"
            )
            return []
        return ["the contents of the files of the inputs"] if before["contents"] != self._contents() else []

    def _chosen(self) -> dict[str, Values]:
        last, count = len(self._indices) - 1, min(len(self._indices), _SAMPLED)
        chosen = self._indices[np.unique(np.linspace(0, last, count, dtype=np.int64))]
        if not self._samples.held:
            return self._samples.reader.read(chosen)
        return {name: self._samples.read(name, chosen) for name in self._samples.reader.inputs}

    def _described_files(self, contents: bool = True) -> dict[str, Any] | None:
        files = self._dataset.files()
        if not files:
            return None
        status = [path.stat() for _, path in files]
        size = sum(entry.st_size for entry in status)
        names = [f"{name}\0{entry.st_size}\n" for (name, _), entry in zip(files, status, strict=True)]
        return {
            "count": len(files),
            "bytes": size,
            "names": _text_digest(names),
            "times": _text_digest(f"{entry.st_mtime_ns}\n" for entry in status),
            "contents": self._contents() if contents and size <= self._samples.memory * 2**30 else None,
        }

    def _contents(self) -> str:
        found = hashlib.sha256()
        for _, path in self._dataset.files():
            _add_file(found, path)
        return found.hexdigest()


def _unequal(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [name for name in dict.fromkeys((*before, *now)) if before.get(name) != now.get(name)]


def _pieces(values: Values) -> Iterable[Values]:
    for first in range(0, len(values), _PIECE):
        yield np.asarray(values[first : first + _PIECE])


def _digest(pieces: Iterable[Values]) -> str:
    found = _Hash()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


class _Hash:
    """Of values whose first axis is the samples; the same however they are cut into pieces."""

    def __init__(self) -> None:
        self._hash, self._is_empty = hashlib.sha256(), True

    def update(self, piece: Values) -> None:
        if self._is_empty:
            self._hash.update(f"{piece.dtype.str} {piece.shape[1:]}\n".encode())
            self._is_empty = False
        if piece.dtype.kind == "O":
            self._hash.update("".join(f"{entry!r}\n" for entry in piece.reshape(-1).tolist()).encode())
        elif piece.size:
            # A view without a copy, for which other threads need not wait.
            self._hash.update(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _text_digest(lines: Iterable[str]) -> str:
    found = hashlib.sha256()
    for line in lines:
        found.update(line.encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _add_file(found: Any, path: Path) -> None:
    with path.open("rb") as file:
        while piece := file.read(_BYTES):
            found.update(piece)
