"""The base class of learning-rate multipliers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from kpipe.model.model_layers import ModelLayer
from kpipe.model.selections.selection import IsIn


class Multiplier(ABC):
    """Base class of learning-rate multipliers, which choose a factor for each layer.

    A custom one derives from this class and defines `factors`.

    Example:
        >>> class Biased(Multiplier):
        ...     def factors(self, layers, is_in):
        ...         return {entry.name: 2.0 for entry in layers if entry.layer.use_bias}
        >>> Biased().factors([], lambda layer, item: False)
        {}
    """

    @abstractmethod
    def factors(self, layers: Sequence[ModelLayer], is_in: IsIn) -> Mapping[str, float]:
        """Return the factors of layers by name, above 0; that of the other layers is 1.

        Args:
            layers: all layers with trainable weights, in the order of Keras.
            is_in: returns whether the layer of a name is in the item of a name.

        Raises:
            ArgumentError: an argument does not match the model.
        """
