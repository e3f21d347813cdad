"""What a folder contains in place of a missing path."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from kpipe.messages.escaped import escaped
from kpipe.nearest import listed, nearest

#: Most entries of a folder that are compared.
_MOST = 10_000


def missing_path(path: Path, endings: tuple[str, ...] = ()) -> tuple[str, str | None]:
    """Return what the deepest existing folder of a missing path contains, as a part of a message, and a similar path.

    Args:
        path: the absolute path of a missing file or folder.
        endings: the endings of files to list; by default all entries are.

    Example:
        >>> missing_path(Path("/no-such-folder/a.csv"))[0].partition(" ")[0]
        '/'
    """
    folder, missing = path.parent, path.name
    while not os.path.isdir(folder) and folder != folder.parent:  # noqa: PTH112
        folder, missing = folder.parent, folder.name
    is_last = folder == path.parent
    try:
        entries = list(islice(os.scandir(folder), _MOST))
    except OSError:
        return f"{escaped(str(folder))} cannot be read", None
    # A folder on the way is compared with folders only.
    names = sorted(
        entry.name
        for entry in entries
        if not entry.name.startswith(".")
        and (not entry.is_file() if not is_last else not endings or entry.name.endswith(endings))
    )
    what = "files" if is_last and not endings else "folders" if not is_last else f"{' or '.join(endings)} files"
    meant = nearest(missing, names)
    found = f"{escaped(str(folder))} contains {escaped(listed(names, meant)) if names else f'no {what}'}"
    return found, None if meant is None else str(folder / meant)
