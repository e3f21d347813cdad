"""The files of the classes of an image folder, where links lead to no folder that belongs to another class."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kpipe.data.image_file import printable
from kpipe.errors import ArgumentError, DataError

Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Visit:
    """A folder that was read: by which path, and for what."""

    path: str
    part: str
    name: str


@dataclass
class ClassWalk:
    """Walks the class folders of several parts; every folder is read for one class of one part.

    Links to folders are followed, unless they lead to the folder of all classes, to a folder above it or above the
    link, or to one that is read for another class or another part. One that is read for the same class already is
    skipped.

    Attributes:
        skipped: a line for each folder that was skipped.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "cat").mkdir()
        >>> (folder / "cat" / "1.png").touch()
        >>> list(ClassWalk().files("train", folder, "cat"))
        ['cat/1.png']
    """

    skipped: list[str] = field(default_factory=list)
    _visits: dict[Identity, _Visit] = field(default_factory=dict)

    def files(self, part: str, root: Path, name: str) -> Iterator[str]:
        """The files of a class by sorted path, relative to the folder of all classes.

        Args:
            part: such as `train`; the argument that errors are about.
            root: the folder of all classes.
            name: of the class.

        Raises:
            ArgumentError: a link that is not followed; names it and its target.
            DataError: a folder cannot be read.
        """
        yield from self._walk(part, root, name, name, _above(root))

    def _walk(self, part: str, root: Path, name: str, relative: str, above: dict[Identity, str]) -> Iterator[str]:
        folder = os.path.join(root, relative)  # noqa: PTH118  (a Path for each of many folders takes its time)
        try:
            status = os.stat(folder)  # noqa: PTH116
            with os.scandir(folder) as entries:
                inside = sorted((entry.name, is_folder(entry)) for entry in entries if not entry.name.startswith("."))
        except OSError as error:
            raise DataError(f"the folder {_shown(folder)} cannot be read: {error.strerror}") from None
        identity = (status.st_dev, status.st_ino)
        if not self._is_new(_Visit(folder, part, name), identity, above):
            return
        for entry, is_directory in inside:
            if is_directory:
                yield from self._walk(part, root, name, f"{relative}/{entry}", {**above, identity: folder})
            else:
                yield f"{relative}/{entry}"

    def _is_new(self, visit: _Visit, identity: Identity, above: dict[Identity, str]) -> bool:
        if identity in above and _same(above[identity], visit.path):
            raise _refusal(visit.part, visit.path, "a folder that the link itself is in")
        earlier = self._visits.setdefault(identity, visit)
        if earlier.path == visit.path or not _same(earlier.path, visit.path):
            self._visits[identity] = visit
            return True
        if (earlier.part, earlier.name) == (visit.part, visit.name):
            self.skipped.append(
                f"{_shown(visit.path)} is the folder {_shown(earlier.path)}, which is read already; skipped"
            )
            return False
        # The link may be the way to either of them.
        wrong, right = (visit, earlier) if _link(visit.path) is not None else (earlier, visit)
        owner = f"class {right.name!r}" if right.part == wrong.part else f"{right.part} part"
        raise _refusal(visit.part, wrong.path, f"which is read for the {owner} as {_shown(right.path)}")


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or a link to one; a link that leads in circles is not."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _above(root: Path) -> dict[Identity, str]:
    """The folder of all classes, and those above it."""
    real = Path(os.path.realpath(root))
    found = {}
    for folder in (real, *real.parents):
        try:
            status = folder.stat()
        except OSError:
            continue
        found[status.st_dev, status.st_ino] = str(folder)
    return found


def _same(first: str, second: str) -> bool:
    # Some network file systems give several folders one number.
    return os.path.realpath(first) == os.path.realpath(second)


def _link(path: str) -> str | None:
    """The last part of a path that is a link."""
    return next((str(folder) for folder in (Path(path), *Path(path).parents) if folder.is_symlink()), None)


def _refusal(part: str, path: str, target: str) -> ArgumentError:
    link = _link(path) or path
    return ArgumentError(
        part,
        f"the link {_shown(link)} leads to {_shown(os.path.realpath(link))}, {target}; expected a folder that belongs "
        "to no other class or part; remove the link",
    )


def _shown(path: str) -> str:
    return printable(Path(path))
