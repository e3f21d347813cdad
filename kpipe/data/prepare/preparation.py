"""The base class of preparations."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from kpipe.data.features import Features

Batch = npt.NDArray[np.float64]
Batches = Callable[[], Iterable[Batch]]


class Preparation(ABC):
    """Base class of deterministic steps between raw samples and the first layer, which are saved inside the model.

    The constructor receives the arguments from the spec. `bind` receives a description of the input, `fit` the
    training samples. `build` adds the step to a Keras model, and `transform` computes the same step in NumPy.

    Each constructor argument must be stored in an attribute of the same name. If its value is determined by `bind`,
    such as a scale that is `auto`, the attribute contains the determined value afterwards.
    """

    #: Whether `fit` needs the training samples.
    fits: ClassVar[bool] = True
    #: Whether the step fills missing values, so that samples with missing values are kept; it must come first.
    fills_missing: ClassVar[bool] = False

    #: Whether `transform` computes x scale + offset; only such steps can prepare targets.
    is_affine: ClassVar[bool] = False

    features: Features

    def bind(self, features: Features) -> Features:
        """Store the features that the step receives.

        Args:
            features: the features of the input; sizes and categories may be unknown before the fit.

        Returns:
            The features of the output.

        Raises:
            ArgumentError: the step cannot be applied to this input.
        """
        self.features = features
        return features

    def fit(self, batches: Batches) -> None:  # noqa: B027  (some preparations have nothing to fit)
        """Fit the step on the training part; called after `bind`.

        Args:
            batches: a function that returns float64 batches, the same ones at each call.

        Raises:
            ArgumentError: an argument does not fit the dataset.
            DataError: the dataset cannot be prepared in this way.
        """

    def fitted(self) -> dict[str, Batch]:
        """Return the fitted float64 arrays, keyed by name; an empty dict before the fit."""
        return {}

    def affine(self) -> tuple[Batch, Batch]:
        """Return the scale and the offset of a step that is affine, which broadcast against a sample.

        Raises:
            NotImplementedError: the step is not affine.
        """
        raise NotImplementedError(f"{type(self).__name__} is not affine")

    def messages(self) -> Iterable[str]:
        """Return what users should know about the fitted values, one line each; none by default."""
        return ()

    def require_fit(self) -> None:
        """Check that the step is fitted.

        Raises:
            RuntimeError: `fit` has not been called.
        """
        if self.fits and not self.fitted():
            raise RuntimeError(f"{type(self).__name__} is not fitted; call `fit` before building the model")

    @abstractmethod
    def transform(self, batch: Batch) -> Batch:
        """Apply the step in NumPy to a float64 batch with samples along the first axis."""

    @abstractmethod
    def build(self, tensor: Any, name: str) -> Any:
        """Apply the step as built-in, non-trainable Keras layers in float32.

        Args:
            tensor: the symbolic input.
            name: a prefix for the names of the layers.
        """

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the constructor, keyed by name."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}
