"""Files that would be waited for without end: named pipes and devices."""

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
    """What stands at a path, where opening or reading it might never end; None for a file, a folder, or nothing.

    Args:
        path: links are followed.

    Example:
        >>> irregular(Path("/dev/zero"))
        'a device'
    """
    try:
        return _KINDS.get(stat.S_IFMT(path.stat().st_mode))
    except (OSError, ValueError):
        return None  # whoever opens it reports the reason
