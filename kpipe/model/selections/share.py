"""The position at which a share of the layers ends."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kpipe.errors import ArgumentError
from kpipe.model.model_layers import ModelLayer
from kpipe.model.selections.selection import IsIn


def layers_of(layers: Sequence[ModelLayer], of: str | None, is_in: IsIn) -> list[ModelLayer]:
    """Return the layers of an item.

    Args:
        layers: all layers.
        of: the name of the item; None for the whole model.
        is_in: returns whether the layer of a name is in the item of a name.

    Raises:
        ArgumentError: no layer with weights is in the item.
    """
    found = [entry for entry in layers if of is None or is_in(entry.name, of)]
    if not any(entry.has_weights for entry in found):
        raise ArgumentError(
            "of", f"no layer with weights is in the item {of!r}; write the `name` of an item of the model"
        )
    return found


def end_of_share(layers: Sequence[ModelLayer], share: float) -> int:
    """Return the position after the last of the first layers that contain a share of the layers with weights.

    The number of layers is rounded to the nearest one, half of them up, and is at least 1.

    Args:
        layers: the layers, at least one of them with weights.
        share: the share, above 0 and at most 1.

    Example:
        >>> from types import SimpleNamespace
        >>> layers = [SimpleNamespace(has_weights=flag) for flag in (True, False, True, True)]
        >>> end_of_share(layers, 0.5), end_of_share(layers, 0.1), end_of_share(layers, 1.0)
        (3, 1, 4)
    """
    positions = [position for position, entry in enumerate(layers) if entry.has_weights]
    count = max(1, math.floor(share * len(positions) + 0.5))
    return positions[count - 1] + 1 if count < len(positions) else len(layers)
