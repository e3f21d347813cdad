"""What every preparation has in common."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from kpipe.data.prepare.features import Features

Batch = npt.NDArray[np.float64]
Batches = Callable[[], Iterable[Batch]]


class Preparation(ABC):
    """A deterministic step between the raw samples and the first layer, saved inside the model.

    Its life: the constructor takes the spec's arguments; `bind` sees what will enter; `fit` sees the training
    part; `build` puts the step into a Keras model. `transform` is the same step in NumPy.

    Every attribute named like an argument of the constructor keeps what was given; one that was left to `bind`, such
    as a scale that is `auto`, has its value from then on.
    """

    #: Whether `fit` has to see the training part.
    fits: ClassVar[bool] = True

    features: Features

    def bind(self, features: Features) -> Features:
        """Takes note of what enters.

        Args:
            features: what enters; before the fit, sizes and categories may be unknown.

        Returns:
            What leaves.

        Raises:
            ArgumentError: the step cannot be applied to it.
        """
        self.features = features
        return features

    def fit(self, batches: Batches) -> None:  # noqa: B027  (nothing to take where the arguments fix everything)
        """Takes its values from the training part; called after `bind`.

        Args:
            batches: returns float64 batches, the same ones at each call.

        Raises:
            ArgumentError: an argument does not fit the data.
            DataError: the data cannot be prepared this way.
        """

    def fitted(self) -> dict[str, Batch]:
        """The fitted values by name, float64; empty before the fit."""
        return {}

    def require_fit(self) -> None:
        """Refuses to continue before the fit.

        Raises:
            RuntimeError: `fit` has not been called.
        """
        if self.fits and not self.fitted():
            raise RuntimeError(f"{type(self).__name__} has no values yet; fit the data before building the model")

    @abstractmethod
    def transform(self, batch: Batch) -> Batch:
        """The step in NumPy, float64, the first axis over samples."""

    @abstractmethod
    def build(self, tensor: Any, name: str) -> Any:
        """The step as Keras' own layers, float32, not trainable.

        Args:
            tensor: symbolic.
            name: prefix of the layers' names.
        """

    def arguments(self) -> dict[str, Any]:
        """What the constructor was given, by argument."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}
