"""Folders that operating systems and storage devices add, with copies and previews of images."""

from __future__ import annotations

#: Names in lower case: Synology, QNAP, macOS, Windows, Linux.
_NAMES = frozenset(
    {
        "@eadir",
        "@tmp",
        "#recycle",
        "#snapshot",
        "@recycle",
        "@recently-snapshot",
        ".@__thumb",
        "__macosx",
        "$recycle.bin",
        "system volume information",
        "lost+found",
    }
)


def is_system_folder(name: str) -> bool:
    """Return whether a folder with this name is not part of a dataset.

    Example:
        >>> is_system_folder("@eaDir"), is_system_folder("cats")
        (True, False)
    """
    return name.lower() in _NAMES
