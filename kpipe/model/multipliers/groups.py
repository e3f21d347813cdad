"""Groups: factors on the learning rates of items."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

from annotated_types import Interval

from kpipe.errors import ArgumentError
from kpipe.model.model_layers import ModelLayer
from kpipe.model.multipliers.multiplier import Multiplier
from kpipe.model.selections.selection import IsIn
from kpipe.nearest import listed, nearest


class Groups(Multiplier):
    """Multiply the learning rates of items by factors; that of all other layers is not changed.

    The arguments are names of items with their factors, such as `body: 0.1`, or of layers as `kpipe show` prints them.
    Of several names that contain a layer, the longest one counts.

    Howard and Ruder, "Universal language model fine-tuning for text classification", 2018, section 3.2, "discriminative
    fine-tuning": layers with general features need a smaller learning rate than those of the new task.

    Args:
        **factors: the factor of each item by its name, above 0.

    Raises:
        ArgumentError: there is no factor, a factor is out of range, or an item is unknown or not trained.

    Example:
        >>> layers = [ModelLayer(name, None) for name in ("body/first", "body/second", "head")]
        >>> is_in = lambda layer, item: layer.startswith(item)
        >>> Groups(**{"body": 0.1, "body/second": 0.5}).factors(layers, is_in)
        {'body/first': 0.1, 'body/second': 0.5}
    """

    def __init__(self, **factors: Annotated[float, Interval(gt=0)]) -> None:
        if not factors:
            raise ArgumentError(
                "factors", "Groups requires at least one item with a factor, such as Groups: {body: 0.1}"
            )
        for name, factor in factors.items():
            is_number = isinstance(factor, (int, float)) and not isinstance(factor, bool)
            if not is_number or not 0 < factor < math.inf:
                raise ArgumentError(name, f"out of range; expected a number greater than 0, got {factor!r}")
        self.groups = dict(factors)

    def factors(self, layers: Sequence[ModelLayer], is_in: IsIn) -> Mapping[str, float]:
        """Return the factors of the layers in the items."""
        found: dict[str, float] = {}
        # The longest names are the innermost items, and replace the others.
        for item, factor in sorted(self.groups.items(), key=lambda entry: len(entry[0])):
            inside = [entry.name for entry in layers if is_in(entry.name, item)]
            if not inside:
                known = list(dict.fromkeys(part for entry in layers for part in (entry.name.split("/")[0], entry.name)))
                meant = nearest(item, known)
                message = f"no trained layer is in an item {item!r}; trained layers: {listed(known, meant)}"
                raise ArgumentError(item, message, meant)
            found |= dict.fromkeys(inside, float(factor))
        return found
