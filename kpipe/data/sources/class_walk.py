"""Traversal of the class folders of an image folder, with checks of symbolic links."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from kpipe.data.images.image_file import printable
from kpipe.data.images.system_folder import is_system_folder
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped

Identity = tuple[int, int]

_NAME = attrgetter("name")


@dataclass(frozen=True, slots=True)
class _Visit:
    """The path by which a folder was visited, and the part and class for which it was."""

    path: str
    part: str
    name: str


@dataclass
class ClassWalk:
    """A traversal of class folders that reads each folder for only one class of one part.

    Links to folders are followed, unless they lead to the root folder of the classes, to a parent folder of the root
    or of the link, or to a folder that is read for another class or part. A link to a folder that has already been
    read for the same class is skipped.

    Attributes:
        skipped: a message for each folder that was skipped.
        system_folders: the number of skipped folders of operating systems and storage devices by name.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "cat").mkdir()
        >>> (folder / "cat" / "1.png").touch()
        >>> [path for path, _ in ClassWalk().files("train", folder, "cat")]
        ['cat/1.png']
    """

    skipped: list[str] = field(default_factory=list)
    system_folders: Counter[str] = field(default_factory=Counter)
    _visits: dict[Identity, _Visit] = field(default_factory=dict)

    def files(self, part: str, root: Path, name: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Yield the files of a class in sorted order, as paths relative to the root folder, with their entries.

        Args:
            part: the part, such as `train`, which is also the argument to which errors refer.
            root: the root folder of the classes.
            name: the name of the class.

        Raises:
            ArgumentError: a link cannot be followed.
            DataError: a folder cannot be read.
        """
        yield from self._walk(part, root, name, name, _above(root))

    def system_folder_notice(self) -> Iterator[str]:
        """Yield a message about the skipped folders of operating systems and storage devices, if there are any."""
        if total := self.system_folders.total():
            names = ", ".join(f"{count:,} {escaped(name)}" for name, count in self.system_folders.most_common())
            yield f"skipped {counted(total, 'folder')} of operating systems or storage devices: {names}"

    def _walk(
        self, part: str, root: Path, name: str, relative: str, above: dict[Identity, str]
    ) -> Iterator[tuple[str, os.DirEntry[str]]]:
        folder = os.path.join(root, relative)  # noqa: PTH118  (creating a Path for each of many folders is slow)
        try:
            status = os.stat(folder)  # noqa: PTH116
            with os.scandir(folder) as entries:
                children = sorted((entry for entry in entries if not entry.name.startswith(".")), key=_NAME)
        except OSError as error:
            raise DataError(f"the folder {_shown(folder)} cannot be read: {error.strerror}") from None
        identity = (status.st_dev, status.st_ino)
        if not self._is_new(_Visit(folder, part, name), identity, above):
            return
        for entry in children:
            path = f"{relative}/{entry.name}"
            if not is_folder(entry):
                yield path, entry
            elif is_system_folder(entry.name):
                self.system_folders[entry.name] += 1
            else:
                yield from self._walk(part, root, name, path, {**above, identity: folder})

    def _is_new(self, visit: _Visit, identity: Identity, above: dict[Identity, str]) -> bool:
        if identity in above and _same(above[identity], visit.path):
            raise _link_error(visit.part, visit.path, "a folder that contains the link")
        earlier = self._visits.setdefault(identity, visit)
        if earlier.path == visit.path or not _same(earlier.path, visit.path):
            self._visits[identity] = visit
            return True
        if (earlier.part, earlier.name) == (visit.part, visit.name):
            self.skipped.append(f"skipped {_shown(visit.path)}, since it is the same folder as {_shown(earlier.path)}")
            return False
        # Either of the two paths may contain the link.
        wrong, right = (visit, earlier) if _link(visit.path) is not None else (earlier, visit)
        owner = f"class {right.name!r}" if right.part == wrong.part else f"{right.part} part"
        raise _link_error(visit.part, wrong.path, f"which is read for the {owner} as {_shown(right.path)}")


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder or a link to one; false for circular links."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _above(root: Path) -> dict[Identity, str]:
    """Return the root folder and its parents."""
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
    # On some network file systems, several folders have the same inode number.
    return os.path.realpath(first) == os.path.realpath(second)


def _link(path: str) -> str | None:
    """Return the longest prefix of a path that is a link."""
    return next((str(folder) for folder in (Path(path), *Path(path).parents) if folder.is_symlink()), None)


def _link_error(part: str, path: str, target: str) -> ArgumentError:
    link = _link(path) or path
    return ArgumentError(
        part,
        f"the link {_shown(link)} leads to {_shown(os.path.realpath(link))}, {target}; expected a folder that is not "
        "used for another class or part; remove the link",
    )


def _shown(path: str) -> str:
    return printable(Path(path))
