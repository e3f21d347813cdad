"""The notice about image files whose ending is that of another format."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from kpipe.data.images.image_file import ImageInfo
from kpipe.data.images.image_format import ENDINGS
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped


def wrong_endings(images: Iterable[tuple[str, ImageInfo]]) -> str | None:
    """Return one message about all files whose ending does not match their contents; None if there are none.

    Args:
        images: the path and the result of the check of each image.

    Example:
        >>> wrong_endings([("a.jpg", ImageInfo(1, 1, 3, format="WEBP")), ("b.jpg", ImageInfo(1, 1, 3, format="JPEG"))])
        '1 image is read by its contents, not by its ending: 1 WEBP named .jpg'
    """
    found = Counter[str]()
    for path, info in images:
        ending = os.path.splitext(path)[1].lower()  # noqa: PTH122  (a Path for each of many files is slow)
        if info.format and ENDINGS.get(ending) != info.format:
            found[f"{info.format} {f'named {escaped(ending)}' if ending else 'without an ending'}"] += 1
    if not found:
        return None
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.most_common())
    are_read = (
        "is read by its contents, not by its ending"
        if found.total() == 1
        else "are read by their contents, not by their endings"
    )
    return f"{counted(found.total(), 'image')} {are_read}: {kinds}"
