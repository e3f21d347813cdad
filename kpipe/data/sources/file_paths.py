"""Paths of many files, which are created when they are used."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import overload


class FilePaths(Sequence[Path]):
    """Paths of files below a few folders; a `Path` for each of many files needs much more memory and time.

    Args:
        folders: the folders, and the names of the files relative to each of them, without `.` and `..`.

    Example:
        >>> paths = FilePaths([(Path("a"), ["x/1.png"]), (Path("b"), ["2.png"])])
        >>> len(paths), paths[1].as_posix(), paths.text(0)
        (2, 'b/2.png', 'a/x/1.png')
    """

    def __init__(self, folders: Sequence[tuple[Path, Sequence[str]]]) -> None:
        self._folders = [(folder, str(folder), list(names)) for folder, names in folders]
        self._ends = list(accumulate(len(names) for _, _, names in self._folders))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Path: ...

    @overload
    def __getitem__(self, index: slice) -> list[Path]: ...

    def __getitem__(self, index: int | slice) -> Path | list[Path]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        folder, _, name = self._place(index)
        return folder / name

    def text(self, index: int) -> str:
        """Return a path as a string."""
        _, folder, name = self._place(index)
        return os.path.join(folder, name)  # noqa: PTH118  (a Path takes several times as long)

    def absolute(self) -> Iterator[str]:
        """Yield all paths as absolute strings, as `os.path.abspath` returns them."""
        for _, folder, names in self._folders:
            root = os.path.join(os.path.abspath(folder), "")  # noqa: PTH100, PTH118
            for name in names:
                yield root + name

    def _place(self, index: int) -> tuple[Path, str, str]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"expected an index below {len(self)}, got {index}")
        index %= len(self)
        place = bisect_right(self._ends, index)
        folder, text, names = self._folders[place]
        return folder, text, names[index - self._ends[place]]
