"""Digests of a dataset by which a resumed run checks that its data is unchanged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Dataset, Indices
from kpipe.data.feeds.samples import Samples

Values = npt.NDArray[Any]
Say = Callable[[str], None]

#: Labels and bytes of a file that are hashed at once.
_CHUNK_LABELS, _CHUNK_BYTES = 1 << 20, 1 << 20

#: Samples that are compared if the inputs do not fit in memory.
_SAMPLED = 64


class Fingerprint:
    """SHA-256 digests of labels, parts and inputs, in the order of the samples.

    Inputs that fit in `data.memory` are hashed completely, in the form that the training model receives, so their
    storage format (compression, quoting, encoding) and modification times do not matter. Of larger inputs, 64 samples
    are hashed, together with the relative path, size and modification time of each file, and with the contents of the
    files if they fit in `data.memory`.

    Args:
        dataset: the opened source.
        parts: indices keyed by part name.
        samples: the samples; if they are kept in memory, they must be loaded.
        is_resized: whether images are resized before they are hashed. A changed pixel may then have no effect on the
            hash, so the files are compared too.

    Raises:
        DataError: a sample cannot be read.
    """

    def __init__(
        self, dataset: Dataset, parts: Mapping[str, Indices], samples: Samples, is_resized: bool = False
    ) -> None:
        self._dataset, self._parts, self._samples, self._is_resized = dataset, dict(parts), samples, is_resized
        self._indices = np.sort(np.concatenate(list(self._parts.values())))

    def describe(self) -> dict[str, Any]:
        """Return a JSON-serializable dict of the digests; `samples`, `inputs` and `files` may be None."""
        return {
            "labels": self.labels,
            **({"weights": self.weights} if self.weights is not None else {}),
            "parts": {name: _digest([indices]) for name, indices in self._parts.items()},
            "samples": None if self._samples.in_memory else self.sampled,
            "inputs": self.inputs if self._samples.in_memory else None,
            "files": self._describe_files() if self._is_resized or not self._samples.in_memory else None,
        }

    @cached_property
    def labels(self) -> dict[str, str]:
        """The digests of all labels, keyed by target name."""
        return {name: _digest(_chunks(values)) for name, values in self._dataset.labels.items()}

    @cached_property
    def weights(self) -> str | None:
        """The digest of the weights of all samples; None if there are none."""
        return None if self._dataset.weights is None else _digest([self._dataset.weights])

    @cached_property
    def sampled(self) -> dict[str, str]:
        """The digests of up to 64 evenly spaced samples, keyed by input name."""
        return {name: _digest([values]) for name, values in self._read_sampled().items()}

    @cached_property
    def inputs(self) -> dict[str, str]:
        """The digests of all samples, keyed by input name; the samples are read again unless they are in memory."""
        names = list(self._samples.reader.inputs)
        if self._samples.in_memory:
            chunks = list(self._samples.chunks(self._indices))
            return {name: _digest(self._samples.read(name, chunk) for chunk in chunks) for name in names}
        hashes = {name: _Hash() for name in names}
        for chunk in self._samples.chunks(self._indices):
            for name, values in self._read(chunk).items():
                hashes[name].update(values)
        return {name: digest.hexdigest() for name, digest in hashes.items()}

    def of_format_1(self) -> str:
        """Return the digest that kpipe 0.1 stored: of all labels and of 64 samples."""
        digest = hashlib.sha256()
        for name, labels in sorted(self._dataset.labels.items()):
            digest.update(f"{name} {labels.shape} {labels.dtype}".encode())
            for chunk in _chunks(labels):
                digest.update(chunk.tobytes() if chunk.dtype.kind != "O" else repr(chunk.tolist()).encode())
        for name, values in sorted(self._read_sampled().items()):
            digest.update(f"{name} {values.shape} {values.dtype}".encode() + np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()

    def differences(self, before: Mapping[str, Any], say: Say) -> list[str]:
        """Return descriptions of the differences from the data of an earlier start; an empty list if there are none.

        Args:
            before: the result of `describe` at the earlier start.
            say: receives a line if only some of the inputs were compared.
        """
        parts = {name: _digest([indices]) for name, indices in self._parts.items()}
        found = [f"the labels of target {name!r}" for name in _unequal(before["labels"], self.labels)]
        found += ["the sample weights"] if before.get("weights") != self.weights else []
        found += [f"the samples of the {name} part" for name in _unequal(before["parts"], parts)]
        if before["inputs"] is not None:
            found += [f"the values of input {name!r}" for name in _unequal(before["inputs"], self.inputs)]
            # All values were compared, so files whose contents were not hashed need no report.
            return found or self._file_differences(before["files"], lambda line: None)
        changed = [f"some values of input {name!r}" for name in _unequal(before["samples"], self.sampled)]
        return found + (changed or self._file_differences(before["files"], say))

    def _file_differences(self, before: Mapping[str, Any] | None, say: Say) -> list[str]:
        now = self._describe_files(contents=False)
        compared = f"{min(len(self._indices), _SAMPLED)} of {len(self._indices):,} samples"
        if before is None or now is None:
            say(
                f"the inputs are not kept in memory, so only {compared} were compared and found equal; changes "
                "of other samples may be missed; a run that is started with a larger data.memory compares all samples"
            )
            return []
        if before["names"] != now["names"]:
            return [f"the number, names or sizes of the input files: {_file_totals(before)} -> {_file_totals(now)}"]
        if before["times"] == now["times"]:
            return []
        if before["contents"] is None:
            say(
                f"input files of unchanged size were modified since the run was started, and only {compared} were "
                "compared and found equal; changes of other samples may be missed; a run that is started with a "
                "larger data.memory compares all samples"
            )
            return []
        return ["the contents of the input files"] if before["contents"] != self._contents() else []

    def _read_sampled(self) -> dict[str, Values]:
        last, count = len(self._indices) - 1, min(len(self._indices), _SAMPLED)
        sampled = self._indices[np.unique(np.linspace(0, last, count, dtype=np.int64))]
        if not self._samples.in_memory:
            return self._read(sampled)
        return {name: self._samples.read(name, sampled) for name in self._samples.reader.inputs}

    def _read(self, indices: Indices) -> dict[str, Values]:
        reader = self._samples.reader
        return {name: reader.evaluated(name, decoded) for name, decoded in reader.read(indices).items()}

    def _describe_files(self, contents: bool = True) -> dict[str, Any] | None:
        stamps = self._dataset.file_stamps()
        if not stamps:
            return None
        size = sum(entry for _, entry, _ in stamps)
        return {
            "count": len(stamps),
            "bytes": size,
            "names": _text_digest(f"{name}\0{entry}\n" for name, entry, _ in stamps),
            "times": _text_digest(f"{modified}\n" for _, _, modified in stamps),
            "contents": self._contents() if contents and size <= self._samples.memory * 2**30 else None,
        }

    def _contents(self) -> str:
        digest = hashlib.sha256()
        for _, path in self._dataset.files():
            _add_file(digest, path)
        return digest.hexdigest()


def _file_totals(files: Mapping[str, Any]) -> str:
    return f"{files['count']:,} file{'s' * (files['count'] != 1)}, {files['bytes']:,} bytes"


def _unequal(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [name for name in dict.fromkeys((*before, *now)) if before.get(name) != now.get(name)]


def _chunks(values: Values) -> Iterable[Values]:
    for first in range(0, len(values), _CHUNK_LABELS):
        yield np.asarray(values[first : first + _CHUNK_LABELS])


def _digest(chunks: Iterable[Values]) -> str:
    digest = _Hash()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


class _Hash:
    """A hash of samples that does not depend on how they are divided into chunks."""

    def __init__(self) -> None:
        self._hash, self._is_empty = hashlib.sha256(), True

    def update(self, chunk: Values) -> None:
        if self._is_empty:
            self._hash.update(f"{chunk.dtype.str} {chunk.shape[1:]}\n".encode())
            self._is_empty = False
        if chunk.dtype.kind == "O":
            self._hash.update("".join(f"{entry!r}\n" for entry in chunk.reshape(-1).tolist()).encode())
        elif chunk.size:
            # Hashing a view of the memory needs no copy and releases the GIL.
            self._hash.update(np.ascontiguousarray(chunk).reshape(-1).view(np.uint8).data)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _text_digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _add_file(digest: Any, path: Path) -> None:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
