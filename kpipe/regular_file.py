"""Detection of named pipes and devices, from which reading might never end."""

from __future__ import annotations

import stat
from pathlib import Path

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def irregular(path: Path) -> str | None:
    """Return the kind of a named pipe, socket or device; None for a file, a folder, or a missing path.

    Args:
        path: the path; links are followed.

    Example:
        >>> irregular(Path("/dev/zero"))
        'a device'
    """
    try:
        return _KINDS.get(stat.S_IFMT(path.stat().st_mode))
    except (OSError, ValueError):
        return None  # the reason is reported when the path is opened
