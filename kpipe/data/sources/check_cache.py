"""The results of earlier checks of the images in a folder."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.atomic import write_bytes
from kpipe.data.images.image_file import ImageProblemError
from kpipe.data.sources.image_checks import COLUMNS, HEIGHT, MODIFIED, SIZE, ImageChecks, Numbers

_FORMAT = 5
_SEPARATOR = "\0"


class CheckCache:
    """The results of the checks of files by name, in one file of NumPy arrays.

    Args:
        file: the `.npz` file. It may be missing, damaged, or written with another version of a decoder; it is then
            empty.

    Attributes:
        file: the argument.
        names: the names of the files whose results are known.

    Example:
        >>> CheckCache(Path("missing.npz")).names
        []
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.names: list[str] = []
        self._checks = ImageChecks(np.zeros((0, COLUMNS), np.int64), {})
        try:
            # NumPy leaves a damaged file open.
            with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
                self._load({name: arrays[name] for name in arrays.files})
        except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
            return

    def _load(self, arrays: Mapping[str, npt.NDArray[np.uint8]]) -> None:
        text, reasons = _text(arrays["names"]), json.loads(_text(arrays["reasons"]))
        names = text.split(_SEPARATOR) if text else []
        numbers: Numbers = arrays["numbers"].astype(np.int64, casting="equiv")
        if _text(arrays["decoder"]) == _decoder() and numbers.shape == (len(names), COLUMNS):
            bad = np.flatnonzero(numbers[:, HEIGHT] == 0).tolist()
            problems = dict(zip(bad, map(ImageProblemError, reasons), strict=True))
            self.names, self._checks = names, ImageChecks(numbers, problems)

    def find(self, names: Sequence[str], stamps: Numbers) -> tuple[ImageChecks, npt.NDArray[np.bool_]]:
        """Return the results of files, and which of them are known because the file is unchanged.

        Args:
            names: the names of the files.
            stamps: size and modification time (n, 2) of each file, -1 if it cannot be accessed.
        """
        if names == self.names:
            places = np.arange(len(names))
        else:
            index = {name: place for place, name in enumerate(self.names)}
            places = np.fromiter((index.get(name, -1) for name in names), np.int64, len(names))
        numbers = np.zeros((len(names), COLUMNS), np.int64)
        exists = places >= 0
        numbers[exists] = self._checks.numbers[places[exists]]
        known = exists & (stamps[:, 0] >= 0) & (numbers[:, [SIZE, MODIFIED]] == stamps).all(axis=1)
        numbers[~known] = 0
        bad = np.flatnonzero(known & (numbers[:, HEIGHT] == 0)).tolist()
        return ImageChecks(numbers, {place: self._checks.problems[int(places[place])] for place in bad}), known

    def update(self, names: Sequence[str], checks: ImageChecks) -> None:
        """Replace or add the results of files."""
        index = {name: place for place, name in enumerate(self.names)}
        places = [index.setdefault(name, len(index)) for name in names]
        numbers = np.zeros((len(index), COLUMNS), np.int64)
        numbers[: len(self.names)] = self._checks.numbers
        numbers[places] = checks.numbers
        problems = {place: problem for place, problem in self._checks.problems.items() if numbers[place, HEIGHT] == 0}
        problems.update({places[place]: problem for place, problem in checks.problems.items()})
        self.names, self._checks = list(index), ImageChecks(numbers, problems)

    def save(self) -> None:
        """Write the file.

        Raises:
            OSError: it cannot be written.
        """
        reasons = [str(self._checks.problems[place]) for place in sorted(self._checks.problems)]
        texts = {"decoder": _decoder(), "names": _SEPARATOR.join(self.names), "reasons": json.dumps(reasons)}
        content = io.BytesIO()
        arrays: dict[str, Any] = {name: np.frombuffer(_bytes(text), np.uint8) for name, text in texts.items()}
        np.savez(content, numbers=self._checks.numbers, **arrays)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(self.file, content.getvalue())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(array: npt.NDArray[np.uint8]) -> str:
    return array.astype(np.uint8, casting="equiv").tobytes().decode("utf-8", "surrogateescape")


def _decoder() -> str:
    import cv2
    import PIL

    return f"{_FORMAT}; Pillow {PIL.__version__}; OpenCV {cv2.__version__}"
