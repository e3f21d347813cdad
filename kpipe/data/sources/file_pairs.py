"""Files in parallel folders that belong together, since they have the same path without the ending."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from kpipe.data.images.image_file import printable
from kpipe.data.images.image_format import ENDINGS, begins_like_image
from kpipe.data.images.system_folder import is_system_folder
from kpipe.errors import ArgumentError
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped

#: Most files in a message.
_LISTED = 3


def file_pairs(folders: Mapping[str, tuple[str, Path]]) -> dict[str, list[str]]:
    """Return the files of each folder, in such an order that those at the same index belong together.

    Args:
        folders: for each name, the argument of the source and the folder.

    Returns:
        For each name, the paths of its files relative to its folder, sorted by path without the ending.

    Raises:
        ArgumentError: a folder is missing or has no images, a file has no partner, or two files of one folder have the
            same path without the ending.
    """
    found = {name: _by_stem(argument, folder) for name, (argument, folder) in folders.items()}
    (first, stems), *others = found.items()
    for name, partners in others:
        _require_partners((folders[first], stems), (folders[name], partners))
        _require_partners((folders[name], partners), (folders[first], stems))
    return {name: [files[stem] for stem in sorted(stems)] for name, files in found.items()}


def _by_stem(argument: str, folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        place = printable(folder)
        message = f"{place} is a file; expected a folder" if folder.exists() else f"the folder {place} does not exist"
        raise ArgumentError(argument, message)
    files: dict[str, str] = {}
    for path in _image_paths(folder):
        stem = os.path.splitext(path)[0]  # noqa: PTH122
        if stem in files:
            raise ArgumentError(
                argument,
                f"{printable(folder)} contains both {escaped(files[stem])} and {escaped(path)}; expected one file for "
                "each path without the ending; remove or rename one",
            )
        files[stem] = path
    if not files:
        raise ArgumentError(argument, f"{printable(folder)} contains no images ({' '.join(sorted(ENDINGS))})")
    return files


def _image_paths(folder: Path) -> Iterator[str]:
    """Yield the paths of all images below a folder, relative to it."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not (name.startswith(".") or is_system_folder(name)))
        for name in sorted(names):
            path = os.path.join(where, name)  # noqa: PTH118
            is_image = os.path.splitext(name)[1].lower() in ENDINGS or begins_like_image(path)  # noqa: PTH122
            if is_image and not name.startswith("."):
                yield os.path.relpath(path, folder)


def _require_partners(
    of: tuple[tuple[str, Path], Mapping[str, str]], among: tuple[tuple[str, Path], Mapping[str, str]]
) -> None:
    """Check that each file of a folder has a partner in another folder."""
    ((_, folder), files), ((argument, other), partners) = of, among
    alone = [files[stem] for stem in sorted(files.keys() - partners.keys())]
    if not alone:
        return
    shown = ", ".join(map(escaped, alone[:_LISTED])) + (" ..." if len(alone) > _LISTED else "")
    example = escaped(os.path.splitext(alone[0])[0])  # noqa: PTH122
    available = escaped(next(iter(partners.values())))
    raise ArgumentError(
        argument,
        f"{len(alone):,} of {counted(len(files), 'image')} in {printable(folder)} without a partner in "
        f"{printable(other)}: {shown}; expected {example} with any ending of an image, got files such as {available}; "
        "add or rename the partners, or remove the images",
    )
