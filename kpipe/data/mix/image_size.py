"""The common size of all images of a dataset."""

from __future__ import annotations

from collections.abc import Mapping

from kpipe.data.dataset import Input


def image_size(inputs: Mapping[str, Input]) -> tuple[int, int] | None:
    """Return the height and the width of all inputs; None if they are not images of one size.

    Arrays of three axes count as images, since float images have no other mark.

    Args:
        inputs: the inputs of the training model, keyed by name.

    Example:
        >>> image_size({"image": Input("image", "image", (8, 6, 1), "float32")})
        (8, 6)
    """
    sizes = {entry.shape[:2] if len(entry.shape) == 3 else None for entry in inputs.values()}
    size = sizes.pop() if len(sizes) == 1 else None
    return None if size is None or size[0] is None or size[1] is None else (size[0], size[1])
