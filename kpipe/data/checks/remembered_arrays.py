"""Arrays that a check computes once and keeps in the cache folder."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.atomic import save

#: Files that are kept, the most recently written ones.
MOST_FILES = 64


class RememberedArrays:
    """Arrays by key in the files of a folder, which can be removed at any time.

    A file that is missing, damaged, or of another key is ignored and written again. Where the folder cannot be written,
    nothing is kept.

    Args:
        folder: the folder; created when first needed.

    Example:
        >>> import tempfile
        >>> remembered = RememberedArrays(Path(tempfile.mkdtemp()))
        >>> remembered.write("key", {"digests": np.arange(3)})
        >>> remembered.read("key", ["digests"])["digests"].tolist(), remembered.read("other", ["digests"])
        ([0, 1, 2], None)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, key: str, names: list[str]) -> dict[str, npt.NDArray[Any]] | None:
        """Return the arrays of a key by name; None if they are not kept.

        Args:
            key: letters and digits.
            names: the names of the arrays.
        """
        try:
            with self._file(key).open("rb") as file:
                if not zipfile.is_zipfile(file):
                    return None
                stored = np.load(file, allow_pickle=False)
                arrays = {name: stored[name] for name in ("key", *names)}
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error):
            return None
        return arrays if str(arrays.pop("key")) == key else None

    def write(self, key: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Keep the arrays of a key, and remove the oldest files if there are too many.

        Args:
            key: letters and digits.
            arrays: the arrays by name.
        """
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            save(self._file(key), lambda path: _write(path, {"key": np.array(key), **arrays}))
            files = sorted(self.folder.glob("*.npz"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
            for file in files[MOST_FILES:]:
                file.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.npz"


def _write(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
