"""First: a share of the layers, those at the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.model.model_layers import ModelLayer
from kpipe.model.selections.selection import IsIn, Selection
from kpipe.model.selections.share import end_of_share, layers_of


class First(Selection):
    """Select a share of the layers with weights, those at the input, in the order of Keras.

    The layers without weights before the last of them are selected too, such as activations and dropout.

    Args:
        share: the share of the layers with weights, above 0 and at most 1; the number is rounded, and at least 1.
        of: the item whose layers are counted; default null: the whole model.

    Raises:
        ArgumentError: an argument is out of range, or no layer with weights is in the item.

    Example:
        >>> First(share=0.5, of="body").share
        0.5
    """

    @check_arguments
    def __init__(self, share: Annotated[float, Interval(gt=0, le=1)], of: str | None = None) -> None:
        self.share = share
        self.of = of

    def select(self, layers: Sequence[ModelLayer], is_in: IsIn) -> Sequence[ModelLayer]:
        """Return the first layers."""
        found = layers_of(layers, self.of, is_in)
        return found[: end_of_share(found, self.share)]
