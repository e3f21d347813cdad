"""The notice about image files whose ending is that of another format."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from kpipe.data.images.image_format import ENDINGS
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped


def wrong_endings(images: Iterable[tuple[str, str]]) -> str | None:
    """Return one message about all files whose ending does not match their contents; None if there are none.

    Args:
        images: the ending of each file, as `ending` returns it, and the format of its contents.

    Example:
        >>> wrong_endings([(".jpg", "WEBP"), (".jpg", "JPEG")])
        '1 image is read by its contents, not by its ending: 1 WEBP named .jpg'
    """
    found = Counter[str]()
    for (named, name), count in Counter(images).items():
        if name and ENDINGS.get(named) != name:
            found[f"{name} {f'named {escaped(named)}' if named else 'without an ending'}"] += count
    if not found:
        return None
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.most_common())
    are_read = (
        "is read by its contents, not by its ending"
        if found.total() == 1
        else "are read by their contents, not by their endings"
    )
    return f"{counted(found.total(), 'image')} {are_read}: {kinds}"


def ending(path: str) -> str:
    """Return the ending of a file in lower case, with its point.

    Example:
        >>> ending("a.b/c.JPG"), ending("a.b/c")
        ('.jpg', '')
    """
    return os.path.splitext(path)[1].lower()  # noqa: PTH122  (a Path for each of many files is slow)
