"""First: a share of the layers, those at the input."""

from __future__ import annotations

from collections.abc import Sequence

from kpipe.model.model_layers import ModelLayer
from kpipe.model.selections.selection import IsIn
from kpipe.model.selections.share import Share


class First(Share):
    """Select a share of the layers with weights, those at the input, in the order of Keras.

    The layers without weights before the last of them are selected too, such as activations and dropout.

    Args:
        share: the share of the layers with weights, above 0 and at most 1; the number is rounded, and at least 1.
        of: the item whose layers are counted; default null: the whole model.
        except_: items whose layers are neither counted nor selected; default none.

    Raises:
        ArgumentError: an argument is out of range, or no layer with weights is in the item.

    Example:
        >>> First(share=0.5, of="body").of
        'body'
    """

    def select(self, layers: Sequence[ModelLayer], is_in: IsIn) -> Sequence[ModelLayer]:
        """Return the first layers."""
        found = self.layers_of(layers, is_in)
        return found[: self.end(found)]
