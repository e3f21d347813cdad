"""The base class of selections of layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from kpipe.model.model_layers import ModelLayer

#: Returns whether a layer is in an item, by their names.
IsIn = Callable[[str, str], bool]


class Selection(ABC):
    """Base class of selections of layers by their positions or names.

    A custom one derives from this class and defines `select`.

    Example:
        >>> class Embeddings(Selection):
        ...     def select(self, layers, is_in):
        ...         return [entry for entry in layers if type(entry.layer).__name__ == "Embedding"]
        >>> Embeddings().select([], lambda layer, item: False)
        []
    """

    @abstractmethod
    def select(self, layers: Sequence[ModelLayer], is_in: IsIn) -> Sequence[ModelLayer]:
        """Return the selected layers.

        Args:
            layers: all layers of the model in the order of Keras.
            is_in: returns whether the layer of a name is in the item of a name.

        Raises:
            ArgumentError: an argument does not match the model.
        """
