"""LayerDecay: learning rates that decay from the output to the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from annotated_types import Interval

from kpipe.components.argument_check import check_arguments
from kpipe.model.model_layers import ModelLayer
from kpipe.model.multipliers.multiplier import Multiplier
from kpipe.model.selections.selection import IsIn


class LayerDecay(Multiplier):
    """Multiply the learning rate by a factor for each layer between it and the output.

    lr(l) = lr factor^(L - l) for layer l of L layers. A layer counts if it has a kernel: a trainable weight with at
    least two axes; normalizations, and other layers without one, have the factor of the counted layer before them in
    the order of Keras.

    Howard and Ruder, "Universal language model fine-tuning for text classification", 2018, section 3.2 (factor 1/2.6);
    Clark, Luong, Le and Manning, "ELECTRA", 2020, table 7 (factor 0.8 or 0.9 for each block of a Transformer).

    Args:
        factor: the factor for each layer, above 0 and at most 1; about 0.9 for small layers.

    Raises:
        ArgumentError: the factor is out of range.

    Example:
        >>> LayerDecay(factor=0.75).factor
        0.75
    """

    @check_arguments
    def __init__(self, factor: Annotated[float, Interval(gt=0, le=1)]) -> None:
        self.factor = factor

    def factors(self, layers: Sequence[ModelLayer], is_in: IsIn) -> Mapping[str, float]:
        """Return the factors of all layers."""
        del is_in
        depths, depth = {}, 0
        for entry in layers:
            depth += any(len(variable.shape) > 1 for variable in entry.layer.trainable_variables)
            depths[entry.name] = max(depth, 1)
        return {name: self.factor ** (max(depth, 1) - own) for name, own in depths.items()}
