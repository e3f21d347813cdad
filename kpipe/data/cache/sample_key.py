"""Identification of decoded samples."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from kpipe.data.reader import Reader

#: Increased whenever other samples, or other files of them, result from the same input.
_FORMAT = 1


def sample_key(reader: Reader, names: Sequence[str]) -> str:
    """Return a digest of everything that determines the decoded samples of some inputs.

    It covers the path, size and modification time of each image file, the arguments of `Resize`, shapes and types, and
    the versions of the decoders; thus other samples of other parts, seeds or models have the same key.

    Args:
        reader: the reader of the samples.
        names: of inputs that are decoded from image files.
    """
    import cv2
    import PIL

    digest = hashlib.sha256()
    digest.update(f"{_FORMAT}; Pillow {PIL.__version__}; OpenCV {cv2.__version__}\n".encode())
    for name in names:
        digest.update(json.dumps([name, reader.identity(name)], sort_keys=True).encode() + b"\n")
        for stamp in reader.dataset.image_stamps(name) or ():
            digest.update(stamp.encode("utf-8", "surrogateescape") + b"\n")
    return digest.hexdigest()[:32]
