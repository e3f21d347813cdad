"""Selections of a share of the layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.errors import ArgumentError
from kpipe.model.model_layers import ModelLayer
from kpipe.model.selections.selection import IsIn, Selection


class Share(Selection):
    """Base class of selections of a share of the layers with weights.

    Args:
        share: the share of the layers with weights, above 0 and at most 1; the number is rounded to the nearest one,
            half of them up, and is at least 1.
        of: the item whose layers are counted; default null: the whole model.
        except_: items whose layers are neither counted nor selected; default none.

    Raises:
        ArgumentError: the share is out of range.

    Example:
        >>> from kpipe.model.selections import First
        >>> First(share=0.5, of="body").share
        0.5
    """

    @check_arguments
    def __init__(
        self, share: Annotated[float, Interval(gt=0, le=1)], of: str | None = None, except_: Sequence[str] = ()
    ) -> None:
        self.share = share
        self.of = of
        self.except_ = [*except_]

    def layers_of(self, layers: Sequence[ModelLayer], is_in: IsIn) -> list[ModelLayer]:
        """Return the layers of the item.

        Args:
            layers: all layers.
            is_in: returns whether the layer of a name is in the item of a name.

        Raises:
            ArgumentError: no layer with weights is in the item, or is left, or an item in `except` is unknown.
        """
        found = [entry for entry in layers if self.of is None or is_in(entry.name, self.of)]
        for item in self.except_:
            if not any(is_in(entry.name, item) for entry in found):
                message = f"no layer is in an item {item!r}; write the `name` of an item of the model"
                raise ArgumentError("except", message)
        found = [entry for entry in found if not any(is_in(entry.name, item) for item in self.except_)]
        if not any(entry.has_weights for entry in found):
            if self.except_:
                raise ArgumentError("except", "no layer with weights is left; remove an item")
            message = f"no layer with weights is in the item {self.of!r}; write the `name` of an item of the model"
            raise ArgumentError("of", message)
        return found

    def end(self, layers: Sequence[ModelLayer]) -> int:
        """Return the position after the last of the first layers that contain the share.

        Args:
            layers: the layers, at least one of them with weights.
        """
        positions = [position for position, entry in enumerate(layers) if entry.has_weights]
        count = max(1, math.floor(self.share * len(positions) + 0.5))
        return positions[count - 1] + 1 if count < len(positions) else len(layers)
